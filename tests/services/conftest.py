"""Servers, a cloud and a deployment, shared by all tests on one database.

Each test exists once for each database; with xdist, all of one database is
one worker's, which has a broker and a cloud of its own.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from xdist.scheduler import loadscope

from tests.functional.standalone.cloud import Cloud
from tests.services.deployment import Deployment
from tests.services.servers.mariadb import MariaDB
from tests.services.servers.postgresql import PostgreSQL
from tests.services.servers.rabbitmq import RabbitMQ

_DATABASES = {'mariadb': MariaDB, 'postgresql': PostgreSQL}

#: Of a log, what is shown when a test fails: its last characters.
_SHOWN = 6_000


class _ByDatabase(loadscope.LoadScopeScheduling):
    """Tests with the same database go to the same worker, one by one."""

    def _split_scope(self, nodeid: str) -> str:
        found = [each for each in _DATABASES if each in nodeid]
        return found[0] if found else nodeid


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    return _ByDatabase(config, log)


@pytest.fixture(scope='session', params=_DATABASES)
def database_server(
    request: pytest.FixtureRequest,
) -> Iterator[MariaDB | PostgreSQL]:
    server = _DATABASES[request.param]()
    yield server
    server.close()


@pytest.fixture(scope='session')
def broker() -> Iterator[RabbitMQ]:
    server = RabbitMQ()
    yield server
    server.close()


@pytest.fixture(scope='session')
def the_cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    cloud = Cloud(tmp_path_factory.mktemp('cloud') / 'cloud')
    yield cloud
    cloud.stop()


@pytest.fixture
def cloud(the_cloud: Cloud) -> Iterator[Cloud]:
    """The cloud, in which nothing is wrong yet."""
    the_cloud.be_well()
    yield the_cloud
    the_cloud.be_well()


@pytest.fixture(scope='session')
def the_deployment(
    tmp_path_factory: pytest.TempPathFactory,
    the_cloud: Cloud,
    database_server: MariaDB | PostgreSQL,
    broker: RabbitMQ,
) -> Iterator[Deployment]:
    deployment = Deployment(
        tmp_path_factory.mktemp('deployment') / 'one',
        the_cloud,
        database=database_server.database('autoscale'),
        broker=broker.url(),
    )
    yield deployment
    deployment.close()
    for each in deployment.logs():
        text = each.read_text()
        told = [secret for secret in deployment.secrets if secret in text]
        assert not told, f'a secret is in {each.name}'


@pytest.fixture
def service(the_deployment: Deployment, cloud: Cloud) -> Iterator[Deployment]:
    """The deployment, whole; each test has its own clusters."""
    yield the_deployment
    cloud.be_well()
    the_deployment.mend()
    the_deployment.clear()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Any:
    """The logs of the processes are shown with a failure."""
    report = yield
    deployment = getattr(item, 'funcargs', {}).get('the_deployment')
    if report.failed and deployment is not None:
        report.sections.append(('the schedule', deployment.schedule()))
        for each in deployment.logs():
            report.sections.append(
                (f'the end of {each.name}', each.read_text()[-_SHOWN:])
            )
    return report
