"""The contract suites, on the services of a real cloud."""

import time
import types
import uuid
from collections.abc import Callable
from collections.abc import Iterator
from typing import Any

import pytest
from oslo_config import cfg

from autoscale import conf as options
from autoscale.clients.keystone import Access
from autoscale.clients.keystone import Sessions
from autoscale.clients.nova import Nova
from autoscale.clients.zaqar import Zaqar
from autoscale.hooks.zaqar import ZaqarTransport
from tests.cloud import project as projects
from tests.cloud.asked import Asked
from tests.cloud.operator import Operator
from tests.cloud.project import Project
from tests.contracts.nova import NovaContract
from tests.contracts.test_hook import ZaqarHookContract
from tests.contracts.test_profile import ServerProfileContract
from tests.contracts.zaqar import ZaqarContract

_PATIENCE = 120

#: The queues of the contracts.
_QUEUES = ('q', 'r', 'drain', 'never')


@pytest.fixture(scope='module')
def access(project: Project) -> Iterator[Access]:
    """What our doors are opened with: an application credential."""
    conf = cfg.ConfigOpts()
    options.register(conf)
    conf([], default_config_files=[])
    conf.set_override('os_cloud', projects.LENT, group='cloud')
    conf.set_override('clouds_file', str(project.clouds_file), group='cloud')
    access = Sessions(conf).session_for()
    yield access
    access.session.session.close()


@pytest.fixture
def door(access: Access, project: Project) -> Iterator[Nova]:
    """Nova's, to a project without servers."""
    yield Nova(*access)
    project.clear()


@pytest.fixture(scope='module')
def network(project: Project) -> Iterator[str]:
    """The name of a network; where there is none to boot on, of a new one."""
    name = f'autoscale-test-{uuid.uuid4().hex[:8]}'
    made = project.connection.network.create_network(name=name)
    yield name
    project.connection.network.delete_network(made.id)


class TestNova(NovaContract):
    @pytest.fixture(autouse=True)
    def what_there_is(self, asked: Asked, network: str) -> None:
        self.flavor, self.image = asked.flavor, asked.image
        self.is_wired = asked.network is not None
        self.network = asked.network or network
        self.zone = asked.zone

    @pytest.fixture
    def nova(self, door: Nova, limits: Operator, project: Project) -> Nova:
        self.operator, self.project = limits, project
        return door

    def wait(self, is_so: Callable[[], Any]) -> None:
        deadline = time.monotonic() + _PATIENCE
        while not is_so():
            assert time.monotonic() < deadline, 'it did not come about'
            time.sleep(0.2)

    def set_quota(self, servers: int) -> None:
        self.operator.set_quota(self.project.id, servers)

    def hopeless(self, spec: Any) -> Any:
        return {**spec, 'flavor': self.operator.too_large_a_flavor()}


class TestNovaInSmallPages(TestNova):
    """A few of them again: pages are what differs."""

    @pytest.fixture
    def nova(
        self,
        door: Nova,
        access: Access,
        limits: Operator,
        project: Project,
        request: pytest.FixtureRequest,
    ) -> Nova:
        if not {'page', 'tag', 'found'} & set(request.node.name.split('_')):
            pytest.skip('has no pages')
        self.operator, self.project = limits, project
        return Nova(*access, page_size=2)

    def create(
        self, nova: Nova, spec: Any, count: int = 1, tag: str = 'a', **how: Any
    ) -> Any:
        """While Nova hands them to cells, servers move between its pages."""
        super().create(nova, spec, count, tag, **how)
        self.wait(self.project.is_placed)
        return nova.list_servers(tag=tag)


class TestServerProfile(ServerProfileContract):
    @pytest.fixture(autouse=True)
    def what_there_is(self, asked: Asked) -> None:
        spec = asked.spec
        all_that_may_be = {
            **spec,
            'user_data': '#!/bin/sh\necho hello\n',
            'metadata': {'role': 'web'},
            'availability_zone': asked.zone,
            'config_drive': True,
        }
        if asked.network is not None:
            all_that_may_be['security_groups'] = ['default']
        self.right = [spec, all_that_may_be]
        self.unknown = [
            ({**spec, 'flavor': 'huge'}, 'huge'),
            ({**spec, 'image': 'plan9'}, 'plan9'),
            ({**spec, 'networks': [{'network': 'mars'}]}, 'mars'),
            ({**spec, 'key_name': 'lost'}, 'lost'),
        ]

    @pytest.fixture
    def cloud(self, door: Nova) -> Nova:
        return door


@pytest.fixture
def queues(access: Access, project: Project) -> Iterator[Zaqar]:
    """Zaqar's, with nothing on the queues of the contracts."""
    for each in _QUEUES:
        project.delete_queue(each)
    yield Zaqar(*access)
    for each in _QUEUES:
        project.delete_queue(each)


class TestZaqar(ZaqarContract):
    @pytest.fixture
    def zaqar(self, queues: Zaqar) -> Zaqar:
        return queues


class TestZaqarHook(ZaqarHookContract):
    @pytest.fixture
    def transport(
        self, queues: Zaqar, access: Access, project: Project
    ) -> ZaqarTransport:
        self.zaqar = queues
        # Nothing is as small as what this queue takes.
        project.make_queue('never', {'_max_messages_post_size': 1})
        self.doors = types.SimpleNamespace(zaqar=queues)
        self.nowhere = Zaqar(*access._replace(region_name='nowhere'))
        conf = cfg.ConfigOpts()
        options.register(conf)
        conf([], default_config_files=[])
        return ZaqarTransport(conf, self.doors)

    def break_down(self) -> None:
        self.doors.zaqar = self.nowhere

    def recover(self) -> None:
        self.doors.zaqar = self.zaqar
