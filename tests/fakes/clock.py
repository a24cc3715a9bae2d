"""A clock that a test moves."""

import datetime

START = datetime.datetime(2026, 1, 1, 12, tzinfo=datetime.UTC)


class Clock:
    """Call it for the time; it stands still until it is moved."""

    def __init__(self, start: datetime.datetime = START) -> None:
        self.time = start

    def __call__(self) -> datetime.datetime:
        return self.time

    def move(self, seconds: float) -> datetime.datetime:
        self.time += datetime.timedelta(seconds=seconds)
        return self.time
