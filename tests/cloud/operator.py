"""What takes an administrator: quotas, flavors and people."""

import uuid
from typing import Any

import openstack

from tests.cloud.keeper import Keeper
from tests.cloud.project import Project

#: Megabytes that no host has.
_FITS_NOWHERE = 1_000_000_000


def _name(what: str) -> str:
    return f'autoscale-test-{what}-{uuid.uuid4().hex[:8]}'


class Operator:
    """Whatever was made is gone again after `clear`."""

    def __init__(self, cloud: str, keeper: Keeper) -> None:
        self.connection = openstack.connect(cloud=cloud)
        self._keeper = keeper
        self.project = Project(self.connection, keeper)
        self._flavors: list[str] = []
        self._users: list[str] = []
        self._projects: list[str] = []
        self._limited: set[str] = set()

    # -- room

    def set_quota(self, project_id: str, servers: int) -> None:
        """From now on the project may have so many servers in all."""
        self._limited.add(project_id)
        self.project.compute(
            'PUT',
            f'/os-quota-sets/{project_id}',
            json={'quota_set': {'instances': servers, 'force': True}},
        )

    def unset_quotas(self) -> None:
        """All have what they have by default."""
        while self._limited:
            path = f'/os-quota-sets/{self._limited.pop()}'
            self.project.compute('DELETE', path)

    def too_large_a_flavor(self) -> str:
        """The id of a flavor that every user sees and no host has room for."""
        flavor = {
            'name': _name('flavor'),
            'ram': _FITS_NOWHERE,
            'vcpus': 1,
            'disk': 1,
        }
        made = self.project.compute(
            'POST', '/flavors', json={'flavor': flavor}
        )
        self._flavors.append(made['flavor']['id'])
        return self._flavors[-1]

    # -- people

    def person(self, what: str, *roles: str) -> dict[str, Any]:
        """A new user in a new project, as the `auth` of a clouds.yaml."""
        identity = self.connection.identity
        own = self.connection.config.config['auth']
        domain = identity.get_user(self.project.user_id).domain_id
        password = self._keeper.secret('password', uuid.uuid4().hex)
        project = identity.create_project(name=_name(what), domain_id=domain)
        self._projects.append(project.id)
        user = identity.create_user(
            name=_name(what), password=password, domain_id=domain
        )
        self._users.append(user.id)
        known = {role.name: role for role in identity.roles()}
        for role in roles:
            identity.assign_project_role_to_user(project, user, known[role])
        return {
            'auth_url': own['auth_url'],
            'username': user.name,
            'password': password,
            'project_name': project.name,
            'user_domain_id': domain,
            'project_domain_id': domain,
        }

    def newcomer(self) -> Project:
        """A user of a project in which nothing is, logged in."""
        config = self.connection.config
        connection = openstack.connect(
            auth=self.person('user', 'member', 'reader'),
            region_name=config.get_region_name(),
            interface=config.get_interface(),
        )
        return Project(connection, self._keeper)

    def revoke_trusts(self, trustor_id: str) -> int:
        """End all trusts that a user gave; how many there were."""
        identity = self.connection.identity
        found = [
            each
            for each in identity.get('/OS-TRUST/trusts').json()['trusts']
            if each['trustor_user_id'] == trustor_id
        ]
        for each in found:
            identity.delete_trust(each['id'])
        return len(found)

    def clear(self) -> None:
        self.unset_quotas()
        identity = self.connection.identity
        for flavor in self._flavors:
            self.project.compute('DELETE', f'/flavors/{flavor}')
        for user in self._users:
            identity.delete_user(user)
        for project in self._projects:
            identity.delete_project(project)
