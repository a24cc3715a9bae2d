"""One process, an application credential, and nobody's help."""

from collections.abc import Iterator

import pytest

from tests.cloud.scenarios import Scenarios
from tests.cloud.standalone import Standalone


class TestStandalone(Scenarios):
    @pytest.fixture
    def service(self, standalone: Standalone) -> Iterator[Standalone]:
        yield standalone
        standalone.clear()
