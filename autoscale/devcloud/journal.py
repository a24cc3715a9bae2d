"""The cloud's memory on disk: one JSON line per change, read at the start.

A line is one write() and is not flushed to the disk: it outlives the process,
however it dies, not the machine. At the start the lines are replayed and a
shorter file with the same meaning takes their place.
"""

import fcntl
import json
import os
import pathlib
import secrets
import threading
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Iterator
from typing import Any

from autoscale.devcloud import exchange

Record = dict[str, Any]


class StateInUse(RuntimeError):
    """Another cloud lives in this state directory."""


class Journal:
    """Appends changes to a file, or forgets them when there is no file."""

    def __init__(self, directory: str | os.PathLike[str] | None):
        self._lock = threading.Lock()
        self._file: int | None = None
        self._guard: int | None = None
        self._directory = (
            None if directory is None else pathlib.Path(directory)
        )

    @property
    def _path(self) -> pathlib.Path:
        assert self._directory is not None
        return self._directory / 'journal.jsonl'

    def open(
        self,
        replay: Callable[[Record], None],
        dump: Callable[[], Iterable[Record]],
    ) -> None:
        """Replay what is there, write it shorter, and be ready to append."""
        if self._directory is None:
            return
        self._directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._guard = _hold(self._directory / 'lock')
        for record in _read(self._path):
            replay(record)
        fresh = self._path.with_suffix('.new')
        # Only its owner may read it: it tells of user data.
        descriptor = os.open(
            fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600
        )
        with os.fdopen(descriptor, 'w', encoding='utf-8') as stream:
            for record in dump():
                stream.write(exchange.encode(record) + '\n')
        fresh.replace(self._path)
        self._file = os.open(self._path, os.O_WRONLY | os.O_APPEND)

    def append(self, kind: str, **fields: Any) -> None:
        """Remember one change; call it once a request, after the change."""
        if self._file is None:
            return
        line = exchange.encode({'kind': kind, **fields}).encode() + b'\n'
        with self._lock:
            while line:
                line = line[os.write(self._file, line) :]

    def close(self) -> None:
        """Let go of the files."""
        for descriptor in (self._file, self._guard):
            if descriptor is not None:
                os.close(descriptor)
        self._file = self._guard = None

    def key(self, name: str) -> bytes:
        """A secret that stays the same as long as the state directory."""
        if self._directory is None:
            return secrets.token_bytes(32)
        self._directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = self._directory / f'{name}.key'
        try:
            return bytes.fromhex(path.read_text())
        except FileNotFoundError:
            made = secrets.token_bytes(32)
            descriptor = os.open(
                path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600
            )
            with os.fdopen(descriptor, 'w') as stream:
                stream.write(made.hex())
            return made


def _hold(path: pathlib.Path) -> int:
    """Keep others out; the kernel lets go when the process dies."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        raise StateInUse(f'another cloud uses {path.parent}') from None
    return descriptor


def _read(path: pathlib.Path) -> Iterator[Record]:
    if not path.exists():
        return
    with path.open('rb') as stream:
        for line in stream:
            # The last line may be cut when the process died within write();
            # nobody was answered for it.
            if line.endswith(b'\n'):
                yield json.loads(line)
