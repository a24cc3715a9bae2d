"""Users, projects and roles: the same ones in every development cloud.

Only whether a user is enabled can change, so nothing else is stored.
"""

import dataclasses
import uuid

#: Everyone's.
PASSWORD = 'devcloud'

DOMAIN = {'id': 'default', 'name': 'Default'}

_NAMESPACE = uuid.UUID('6d6f7a21-5b0c-4ed3-9c26-6a1a4c1f8d55')

#: Keystone's own: whoever has the left one has the right one too.
_IMPLIED = {'admin': 'manager', 'manager': 'member', 'member': 'reader'}

#: user, project, the roles given
_ASSIGNMENTS = {
    ('demo', 'demo'): ('member',),
    ('colleague', 'demo'): ('member',),
    ('other', 'other'): ('member',),
    ('admin', 'admin'): ('admin',),
    ('autoscale', 'service'): ('admin', 'service'),
}


def fixed_id(kind: str, name: str) -> str:
    """The same id in every cloud, in the form that Keystone gives ids."""
    return uuid.uuid5(_NAMESPACE, f'{kind}/{name}').hex


@dataclasses.dataclass(frozen=True, kw_only=True)
class User:
    id: str
    name: str
    is_enabled: bool = True

    def show(self) -> dict[str, object]:
        return {
            'id': self.id,
            'name': self.name,
            'domain_id': DOMAIN['id'],
            'enabled': self.is_enabled,
            'password_expires_at': None,
            'options': {},
        }


@dataclasses.dataclass(frozen=True, kw_only=True)
class Project:
    id: str
    name: str

    def show(self) -> dict[str, object]:
        return {
            'id': self.id,
            'name': self.name,
            'domain_id': DOMAIN['id'],
            'parent_id': DOMAIN['id'],
            'enabled': True,
            'is_domain': False,
            'description': '',
            'tags': [],
            'options': {},
        }


class People:
    """Looks people up by id or name; remembers who is disabled."""

    def __init__(self) -> None:
        users = dict.fromkeys(user for user, _ in _ASSIGNMENTS)
        projects = dict.fromkeys(project for _, project in _ASSIGNMENTS)
        self.users = {
            user.id: user
            for user in (
                User(id=fixed_id('user', name), name=name) for name in users
            )
        }
        self.projects = {
            project.id: project
            for project in (
                Project(id=fixed_id('project', name), name=name)
                for name in projects
            )
        }
        self.roles = {
            fixed_id('role', name): name
            for name in ('admin', 'manager', 'member', 'reader', 'service')
        }

    def user(self, key: str) -> User | None:
        """The user with this id or name."""
        return self.users.get(key) or self.users.get(fixed_id('user', key))

    def project(self, key: str) -> Project | None:
        """The project with this id or name."""
        return self.projects.get(key) or self.projects.get(
            fixed_id('project', key)
        )

    def role_name(self, key: str) -> str | None:
        """The name of the role with this id or name."""
        return self.roles.get(key) or self.roles.get(fixed_id('role', key))

    def roles_of(self, user_id: str, project_id: str) -> frozenset[str]:
        """What the user may be in the project, implied roles included."""
        user = self.users.get(user_id)
        project = self.projects.get(project_id)
        if user is None or project is None:
            return frozenset()
        return with_implied(_ASSIGNMENTS.get((user.name, project.name), ()))

    def projects_of(self, user_id: str) -> list[Project]:
        """Where the user has any role."""
        return [
            project
            for project in self.projects.values()
            if self.roles_of(user_id, project.id)
        ]

    def enable(self, user_id: str, is_enabled: bool) -> User:
        """The user, changed; KeyError when there is none."""
        changed = dataclasses.replace(
            self.users[user_id], is_enabled=is_enabled
        )
        self.users[user_id] = changed
        return changed


def with_implied(roles: tuple[str, ...] | frozenset[str]) -> frozenset[str]:
    """The roles and all that they imply."""
    found = set(roles)
    for role in roles:
        while role in _IMPLIED:
            role = _IMPLIED[role]
            found.add(role)
    return frozenset(found)


def role_references(names: frozenset[str]) -> list[dict[str, str]]:
    """Roles as a token or a trust lists them."""
    return [
        {'id': fixed_id('role', name), 'name': name} for name in sorted(names)
    ]
