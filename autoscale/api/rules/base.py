"""The words that the rules are made of.

`reader` sees, `member` changes, both in their own project; `admin` may do
everything there, and alone may look into all projects.
"""

from oslo_policy import policy

#: Who may see what a project has.
READER = 'role:admin or (role:reader and project_id:%(project_id)s)'
#: Who may change it.
MEMBER = 'role:admin or (role:member and project_id:%(project_id)s)'
ADMIN = 'role:admin'

#: Looking into every project: `all_projects=true`.
ALL_PROJECTS = 'all_projects'


def rule(
    name: str, check: str, description: str, *operations: str
) -> policy.DocumentedRuleDefault:
    """One rule; each operation is written 'GET /v1/clusters'."""
    return policy.DocumentedRuleDefault(
        name=name,
        check_str=check,
        description=description,
        operations=[
            {'method': each.split()[0], 'path': each.split()[1]}
            for each in operations
        ],
        scope_types=['project'],
    )


def list_rules() -> list[policy.RuleDefault]:
    return [
        rule(
            ALL_PROJECTS,
            ADMIN,
            'See what every project has, with all_projects=true',
            'GET /v1/clusters',
            'GET /v1/nodes',
            'GET /v1/profiles',
            'GET /v1/policies',
            'GET /v1/webhooks',
            'GET /v1/hooks',
            'GET /v1/actions',
            'GET /v1/events',
        )
    ]
