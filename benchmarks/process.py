"""What a process uses, as Linux tells it."""

import os
import pathlib

_TICKS = os.sysconf('SC_CLK_TCK')


def cpu_seconds(*pids: int) -> float:
    """Processor time of all threads since these processes began."""
    ticks = 0
    for pid in pids:
        text = pathlib.Path(f'/proc/{pid}/stat').read_text()
        fields = text.rpartition(')')[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / _TICKS


def resident_mib(pid: int) -> float:
    """Memory that the process has in RAM, in MiB."""
    return _status(pid, 'VmRSS:') / 1024


def threads(pid: int) -> int:
    """How many threads it has."""
    return _status(pid, 'Threads:')


def family(pid: int) -> list[int]:
    """A process and those that it started and that still run."""
    return [pid, *children(pid)]


def children(pid: int) -> list[int]:
    """The processes that it started and that still run."""
    found: list[int] = []
    for each in pathlib.Path(f'/proc/{pid}/task').glob('*/children'):
        found += [int(child) for child in each.read_text().split()]
    return found


def _status(pid: int, key: str) -> int:
    text = pathlib.Path(f'/proc/{pid}/status').read_text()
    for line in text.splitlines():
        if line.startswith(key):
            return int(line.split()[1])
    raise ValueError(f'process {pid} has no {key}')
