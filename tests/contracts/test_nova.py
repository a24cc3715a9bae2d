import pytest

from autoscale.clients.nova import Nova
from tests.contracts.nova import NovaContract
from tests.fakes import cloud as clouds
from tests.fakes.clock import Clock
from tests.fakes.nova import FakeNova


class TestFakeNova(NovaContract):
    @pytest.fixture
    def clock(self):
        return Clock()

    @pytest.fixture
    def nova(self, clock):
        self.clock = clock
        self.fake = FakeNova(clock)
        return self.fake

    def wait(self, is_so):
        for _ in range(100):
            if is_so():
                return
            self.clock.move(0.1)
        raise AssertionError('it did not come about')

    def set_quota(self, servers):
        self.fake.quota = servers

    def place_slowly(self, seconds):
        self.fake.placing_seconds = seconds

    def hopeless(self, spec):
        self.fake.break_builds(1)
        return spec


class TestNovaOverHTTP(NovaContract):
    """The real door in front of the development cloud."""

    more: dict = {}

    @pytest.fixture(scope='class')
    @classmethod
    def door(cls):
        with clouds.running() as cloud, clouds.session() as session:
            door = clouds.nova(session, clouds.login(cloud), **cls.more)
            yield cloud, door

    @pytest.fixture
    def nova(self, door):
        self.cloud, nova = door
        yield nova
        self.cloud.faults.clear()
        self.cloud.change({'instances': -1, 'placing_seconds': 0})
        for each in self.cloud.servers():
            self.cloud.vanish(each['id'])

    def wait(self, is_so):
        clouds.wait(is_so)

    def set_quota(self, servers):
        self.cloud.change({'instances': servers})

    def place_slowly(self, seconds):
        self.cloud.change({'placing_seconds': seconds})

    def hopeless(self, spec):
        self.cloud.faults.add('compute', 'no_valid_host', times=1)
        return spec


class TestNovaInSmallPages(TestNovaOverHTTP):
    more = {'page_size': 2}


def test_the_fake_has_the_face_of_the_door():
    face = {name for name in vars(Nova) if not name.startswith('_')}
    assert face <= set(dir(FakeNova))
