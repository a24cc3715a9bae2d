"""A real cloud, its users, and our service on it in both of its forms."""

import contextlib
import pathlib
import signal
import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from tests.cloud import asked as askings
from tests.cloud import project as projects
from tests.cloud.alarms import Alarms
from tests.cloud.asked import Asked
from tests.cloud.keeper import Keeper
from tests.cloud.operator import Operator
from tests.cloud.project import Project
from tests.cloud.standalone import Standalone

#: Of a log, what is shown when a test fails: its last characters.
_SHOWN = 20_000

_SAID = pytest.StashKey[list[str]]()


def pytest_configure(config: pytest.Config) -> None:
    config.stash[_SAID] = []
    # Whoever ends this ends it as Ctrl-C does: what was made is taken away.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Without a cloud nothing that takes one begins."""
    if any('asked' in getattr(each, 'fixturenames', ()) for each in items):
        askings.read()


def pytest_terminal_summary(
    terminalreporter: Any, config: pytest.Config
) -> None:
    """What was recorded with the tests, and what was looked for in logs."""
    for each in terminalreporter.getreports('passed'):
        for name, value in each.user_properties:
            line = f'{each.nodeid.rpartition("::")[2]}: {name} {value}'
            terminalreporter.write_line(line)
    for line in config.stash[_SAID]:
        terminalreporter.write_line(line)


@pytest.fixture(scope='session')
def asked() -> Asked:
    return askings.read()


@pytest.fixture(scope='session')
def keeper(request: pytest.FixtureRequest) -> Iterator[Keeper]:
    """Whatever was issued is in none of our logs, once all is over."""
    keeper = Keeper()
    yield keeper
    request.config.stash[_SAID].append(keeper.counted())
    assert not keeper.told()


@pytest.fixture(scope='session')
def operator(asked: Asked, keeper: Keeper) -> Iterator[Operator]:
    if asked.admin is None:
        pytest.skip('AUTOSCALE_ADMIN_CLOUD is not set')
    operator = Operator(asked.admin, keeper)
    yield operator
    operator.clear()


@pytest.fixture
def limits(operator: Operator) -> Iterator[Operator]:
    """An operator whose quotas end with the test."""
    yield operator
    operator.unset_quotas()


@pytest.fixture(scope='session')
def project(
    asked: Asked, keeper: Keeper, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Project]:
    """The user's, who has lent an application credential, and nothing yet."""
    project = projects.log_in(asked.cloud, keeper)
    assert project.is_empty(), f'there are servers in {asked.cloud} already'
    project.lend(tmp_path_factory.mktemp('lent') / 'clouds.yaml')
    yield project
    project.take_back()


@pytest.fixture
def queue(project: Project) -> Iterator[str]:
    """The name of a queue that nobody used."""
    name = f'autoscale-test-{uuid.uuid4().hex[:8]}'
    yield name
    project.delete_queue(name)


@pytest.fixture
def alarms(project: Project) -> Iterator[Alarms]:
    if not project.has('alarming'):
        pytest.skip('the cloud has no Aodh')
    if not project.is_here():
        pytest.skip('the cloud is elsewhere, and cannot call us')
    alarms = Alarms(project)
    yield alarms
    alarms.clear()


@contextlib.contextmanager
def nothing_left(service: Standalone, project: Project) -> Iterator[None]:
    """Whatever the tests did, no server of theirs remains."""
    try:
        yield
        service.clear()
        left = {
            each: project.servers(each)
            for each in service.clusters
            if project.servers(each)
        }
        assert not left
        assert project.is_empty()
    finally:
        service.close()
        project.clear()


@pytest.fixture(scope='module')
def standalone(
    asked: Asked,
    project: Project,
    keeper: Keeper,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Standalone]:
    place = tmp_path_factory.mktemp('standalone') / 'one'
    service = Standalone(place, project, keeper, spec=asked.spec)
    with nothing_left(service, project):
        yield service


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Any:
    """The logs of the processes are shown with a failure."""
    report = yield
    service = getattr(item, 'funcargs', {}).get('service')
    if report.failed and service is not None:
        for path in sorted(pathlib.Path(service.log).parent.glob('*.log')):
            lines = [
                line
                for line in path.read_text().splitlines(keepends=True)
                if 'DEBUG oslo_policy' not in line
            ]
            shown = ''.join(lines)[-_SHOWN:]
            report.sections.append((f'the end of {path.name}', shown))
    return report
