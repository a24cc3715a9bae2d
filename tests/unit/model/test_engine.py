"""Whether an engine lives, by its heartbeats."""

import datetime

import pytest

from autoscale.model import engine

THEN = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)


@pytest.mark.parametrize(
    ('silent', 'stopped_at', 'alive'),
    [(0, None, True), (29, None, True), (31, None, False), (0, THEN, False)],
)
def test_an_engine_may_miss_a_few_heartbeats(silent, stopped_at, alive):
    one = engine.Engine(
        id='e1',
        host='host',
        pid=1,
        version='1',
        started_at=THEN,
        seen_at=THEN,
        stopped_at=stopped_at,
    )
    now = THEN + datetime.timedelta(seconds=silent)
    assert one.is_alive(now, heartbeat_interval=10) is alive
