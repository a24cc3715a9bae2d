"""This engine's sign of life, for people to see. Nothing depends on it."""

import os
import socket

from autoscale.db import database
from autoscale.db import engine as engine_rows


class Heartbeat:
    def __init__(
        self, db: database.Database, engine_id: str, version: str
    ) -> None:
        self._db = db
        self._id = engine_id
        self._version = version
        self._host = socket.gethostname()

    def start(self) -> None:
        self._db.write(
            engine_rows.start, self._id, self._host, os.getpid(), self._version
        )

    def run_once(self) -> None:
        if not self._db.write(engine_rows.seen, self._id):
            self.start()  # it was pruned while the database was away

    def stop(self) -> None:
        self._db.write(engine_rows.stop, self._id)
