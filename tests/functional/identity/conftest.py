"""A town for each test."""

import pytest

from autoscale.engine import logins
from tests.functional.identity import town as towns


@pytest.fixture
def town(tmp_path, monkeypatch):
    """A broken credential is tried again soon here."""
    monkeypatch.setattr(logins, 'FIRST_TRIAL', 0.3)
    monkeypatch.setattr(logins, 'TRIAL_LIMIT', 0.6)
    with towns.opened(tmp_path) as opened:
        yield opened
