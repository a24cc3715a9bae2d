"""A cloud and a service, both real processes, that speak HTTP."""

import pathlib
import re
import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from tests.functional.standalone.cloud import Cloud
from tests.functional.standalone.service import Options
from tests.functional.standalone.service import Service

#: Of a log, what is shown when a test fails: its last characters.
_SHOWN = 20_000

#: What the cloud's tokens look like.
_KEYSTONE_TOKEN = re.compile(r'[\w=-]{60,}\.[0-9a-f]{64}')

_SHOWING = ('the_service', 'the_mortal', 'the_moved', 'the_cloud')


@pytest.fixture(scope='package')
def the_cloud(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Cloud]:
    cloud = Cloud(tmp_path_factory.mktemp('cloud') / 'cloud')
    yield cloud
    cloud.stop()


@pytest.fixture
def cloud(the_cloud: Cloud) -> Iterator[Cloud]:
    """The cloud, in which nothing is wrong yet."""
    the_cloud.be_well()
    yield the_cloud
    the_cloud.be_well()


@pytest.fixture(scope='package')
def the_service(
    tmp_path_factory: pytest.TempPathFactory, the_cloud: Cloud
) -> Iterator[Service]:
    service = Service(tmp_path_factory.mktemp('service') / 'one', the_cloud)
    yield service
    service.close()
    check_log(service)


@pytest.fixture
def service(the_service: Service, cloud: Cloud) -> Iterator[Service]:
    """The service that tests share; each has its own clusters."""
    yield the_service
    cloud.be_well()
    the_service.clear()


#: A call that is held is not given up before the process ends.
_PATIENT: Options = {
    'cloud': {'timeout': 30, 'messaging_timeout': 30},
    'engine': {'graceful_shutdown_timeout': 0.2},
}


@pytest.fixture(scope='module')
def the_mortal(
    tmp_path_factory: pytest.TempPathFactory, the_cloud: Cloud
) -> Iterator[Service]:
    place = tmp_path_factory.mktemp('mortal') / 'one'
    service = Service(place, the_cloud, _PATIENT)
    yield service
    service.close()
    check_log(service)


@pytest.fixture
def mortal(the_mortal: Service, cloud: Cloud) -> Iterator[Service]:
    """A service that waits long for the cloud, to be killed meanwhile."""
    yield the_mortal
    cloud.be_well()
    if not the_mortal.process.is_alive():
        the_mortal.start()
    the_mortal.clear()


@pytest.fixture
def queue() -> str:
    """The name of a queue that nobody used."""
    return f'queue-{uuid.uuid4()}'


class Services:
    """Makes services of a test's own, to be killed and started again."""

    def __init__(self, place: pathlib.Path, cloud: Cloud) -> None:
        self._place = place
        self._cloud = cloud
        self.made: list[Service] = []

    def __call__(
        self, options: Options | None = None, **environment: str
    ) -> Service:
        place = self._place / f'service-{len(self.made)}'
        self.made.append(
            Service(place, self._cloud, options, environment=environment)
        )
        return self.made[-1]


@pytest.fixture
def a_service(tmp_path: pathlib.Path, cloud: Cloud) -> Iterator[Services]:
    """Call it for a service of the test's own."""
    services = Services(tmp_path, cloud)
    yield services
    for each in services.made:
        each.close()
        check_log(each)


def secrets_in(service: Service, text: str) -> list[str]:
    """The secrets in `text` that this service saw, and any Keystone token."""
    found = [each for each in service.secrets if each in text]
    return found + _KEYSTONE_TOKEN.findall(text)


def check_log(service: Service) -> None:
    """What holds for every log, whatever the test was about."""
    told = secrets_in(service, service.log.read_text())
    assert not told, 'a secret is in the log'


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Any:
    """The logs of the processes are shown with a failure."""
    report = yield
    if report.failed:
        used = getattr(item, 'funcargs', {})
        shown = [used[each] for each in _SHOWING if each in used]
        if 'a_service' in used:
            shown += used['a_service'].made
        for each in shown:
            text = each.log.read_text()[-_SHOWN:]
            report.sections.append((f'the end of {each.log.name}', text))
    return report
