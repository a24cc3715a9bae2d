"""A database whose clock is not the one of the process that uses it.

Python imports a module of this name when it starts: a test puts this folder
on the path of a service, whose SQLite then tells another time.
"""

import datetime
import os
from sqlite3 import dbapi2
from typing import Any

_AHEAD = float(os.environ['AUTOSCALE_TEST_DATABASE_AHEAD'])  # seconds
_connect = dbapi2.connect


def _strftime(form: str, when: str, moved: str) -> str:
    seconds = _AHEAD + float(moved.split()[0])
    now = datetime.datetime.now(datetime.UTC)
    then = now + datetime.timedelta(seconds=seconds)
    return then.strftime('%Y-%m-%d %H:%M:%S.%f')[:-3]


def _moved(*arguments: Any, **options: Any) -> Any:
    connection = _connect(*arguments, **options)
    connection.create_function('strftime', 3, _strftime)
    return connection


dbapi2.connect = _moved
