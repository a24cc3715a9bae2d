"""The points at which an engine can die, found while it works.

A point is a database write or an outside call, at the one door that all of
its kind go through: nobody lists them. It has a name, made of what is done
and of who does it, and a number: the how-manieth of its name it is in this
process. Thus the same point is met again in the next run, whatever else is
done at the same time.

Each point has three moments at which the process may end: before anything is
done; within, when the database has not committed, or the call was sent and
not answered; and after, when it is done and nobody was told.
"""

import collections
import dataclasses
import json
import os
import re
import signal
import threading
import time
from typing import Any

from urllib3 import connection

from autoscale.db import database

BEFORE, WITHIN, AFTER = MOMENTS = ('before', 'within', 'after')

#: Who does it: the threads of a pass, or any other.
_OF_A_PASS = ('worker', 'perform')

#: A part of a path that is another one in each run.
_ID = re.compile(r'[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}')


@dataclasses.dataclass(frozen=True, order=True)
class Point:
    name: str
    number: int

    def __str__(self) -> str:
        return f'{self.name} ({self.number})'


@dataclasses.dataclass(frozen=True)
class Aim:
    """Where a process has to end."""

    point: Point
    moment: str

    def __str__(self) -> str:
        return f'{self.moment} {self.point}'


class Points:
    """Notes each moment in a file, and ends the process at one of them."""

    def __init__(self, trace: str, aim: Aim | None) -> None:
        self._aim = aim
        self._counts: collections.Counter[str] = collections.Counter()
        self._guard = threading.Lock()
        # One write a line: what is written outlives the process.
        self._file = os.open(trace, os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def next(self, what: str) -> Point:
        """The point that this is."""
        thread = threading.current_thread().name
        who = 'pass' if thread.startswith(_OF_A_PASS) else 'keeper'
        name = f'{who}: {what}'
        with self._guard:
            self._counts[name] += 1
            return Point(name, self._counts[name])

    def meet(self, point: Point, moment: str, **more: Any) -> None:
        """This moment of the point is now; it may be the last."""
        is_end = self._aim == Aim(point, moment)
        line = {
            'time': time.time(),
            'name': point.name,
            'number': point.number,
            'moment': moment,
            'is_end': is_end,
            **more,
        }
        os.write(self._file, json.dumps(line).encode() + b'\n')
        if is_end:
            # The master as well, which would start another.
            os.killpg(0, signal.SIGKILL)
            threading.Event().wait()


def watch(trace: str, aim: Aim | None) -> None:
    """From now on, note and obey; for the process and those it forks."""
    points = Points(trace, aim)
    _watch_writes(points)
    _watch_calls(points)


def _watch_writes(points: Points) -> None:
    write = database.Database.write

    def watched(self: Any, function: Any, *args: Any, **kw: Any) -> Any:
        room = function.__module__.removeprefix('autoscale.')
        point = points.next(f'{room}.{function.__name__}')

        def within(*args: Any, **kw: Any) -> Any:
            answer = function(*args, **kw)
            points.meet(point, WITHIN)
            return answer

        points.meet(point, BEFORE)
        answer = write(self, within, *args, **kw)
        first = args[0] if args else None
        about = getattr(first, 'cluster_id', first)
        if not isinstance(about, str):
            about = None
        points.meet(point, AFTER, about=about, is_won=bool(answer))
        return answer

    database.Database.write = watched  # type: ignore[method-assign]


def _watch_calls(points: Points) -> None:
    wire: Any = connection.HTTPConnection
    request, getresponse = wire.request, wire.getresponse

    def watched_request(
        self: Any, method: str, url: str, *args: Any, **kw: Any
    ) -> Any:
        path = _ID.sub('ID', url.partition('?')[0])
        self.point = point = points.next(f'{method} {path}')
        points.meet(point, BEFORE)
        request(self, method, url, *args, **kw)
        points.meet(point, WITHIN)

    def watched_getresponse(self: Any) -> Any:
        response = getresponse(self)
        points.meet(self.point, AFTER)
        return response

    wire.request = watched_request
    wire.getresponse = watched_getresponse
