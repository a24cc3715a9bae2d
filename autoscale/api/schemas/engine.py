"""Engines: what is shown."""

from datetime import datetime
from typing import Any

from autoscale.api.schemas import fields
from autoscale.api.schemas.shape import Shape
from autoscale.model import engine

SHOWN = Shape(
    'Engine',
    fields.shown(
        {
            'id': fields.ID,
            'host': fields.TEXT,
            'pid': fields.INTEGER,
            'version': fields.TEXT,
            'is_alive': fields.BOOLEAN,
            'started_at': fields.WHEN,
            'seen_at': fields.WHEN,
            'stopped_at': fields.MAYBE_WHEN,
        }
    ),
)


def show(
    each: engine.Engine, now: datetime, heartbeat_interval: float
) -> dict[str, Any]:
    """`heartbeat_interval` is in seconds."""
    return {
        'id': each.id,
        'host': each.host,
        'pid': each.pid,
        'version': each.version,
        'is_alive': each.is_alive(now, heartbeat_interval),
        'started_at': fields.moment(each.started_at),
        'seen_at': fields.moment(each.seen_at),
        'stopped_at': fields.moment(each.stopped_at),
    }
