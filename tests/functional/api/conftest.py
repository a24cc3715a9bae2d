"""A house for each test."""

import pytest

from tests.functional.api import house as houses


@pytest.fixture
def house(tmp_path):
    made = houses.opened(tmp_path)
    yield made
    made.database.dispose()
