"""What the processes of a deployment take."""

import dataclasses
import pathlib
import re

from tests.chaos.town import Deployment

#: More than any of them takes when it is well; a leak goes past it in time.
MOST_THREADS = 200
MOST_MIB = 600
MOST_FILES = 500


@dataclasses.dataclass(frozen=True)
class Footprint:
    who: str
    pid: int
    mib: float
    threads: int
    files: int

    def is_too_large(self) -> bool:
        return (
            self.threads > MOST_THREADS
            or self.mib > MOST_MIB
            or self.files > MOST_FILES
        )


def of(deployment: Deployment) -> list[Footprint]:
    """Of each process that is alive."""
    pids = {}
    for number, engine in enumerate(deployment.engines):
        for pid in engine.pids()[1:]:
            pids[pid] = f'engine {number}'
    for number, api in enumerate(deployment.apis):
        pids[api.pid()] = f'api {number}'
    return [_of(who, pid) for pid, who in pids.items()]


def _of(who: str, pid: int) -> Footprint:
    status = pathlib.Path(f'/proc/{pid}/status').read_text()
    return Footprint(
        who,
        pid,
        _number('VmRSS', status) / 1024,
        _number('Threads', status),
        len(list(pathlib.Path(f'/proc/{pid}/fd').iterdir())),
    )


def _number(name: str, status: str) -> int:
    found = re.search(rf'^{name}:\s+(\d+)', status, re.M)
    assert found is not None
    return int(found[1])
