import pytest

from autoscale.clients.zaqar import Zaqar
from tests.contracts.zaqar import ZaqarContract
from tests.fakes import cloud as clouds
from tests.fakes.clock import Clock
from tests.fakes.zaqar import FakeZaqar


class TestFakeZaqar(ZaqarContract):
    @pytest.fixture
    def zaqar(self):
        return FakeZaqar(Clock())


class TestZaqarOverHTTP(ZaqarContract):
    """The real door in front of the development cloud."""

    @pytest.fixture
    def zaqar(self):
        with clouds.running() as cloud, clouds.session() as session:
            yield clouds.zaqar(session, clouds.login(cloud))


def test_the_fake_has_the_face_of_the_door():
    face = {name for name in vars(Zaqar) if not name.startswith('_')}
    assert face <= set(dir(FakeZaqar))
