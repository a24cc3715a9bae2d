import pytest

from tests.functional.engine import house as houses


@pytest.fixture
def house(tmp_path):
    with houses.open_house(tmp_path) as opened:
        yield opened
