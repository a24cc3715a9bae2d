"""A command of ours in this process, with its SQL statements counted.

`python -m benchmarks.counted FILE COMMAND [argument…]`: the module
`autoscale.cmd.COMMAND` runs as from its entry point; FILE always holds the
number of statements so far, as eight bytes, for another process to read.
"""

import importlib
import mmap
import pathlib
import struct
import sys
import threading

import sqlalchemy as sa

_NUMBER = struct.Struct('=q')


def read(file: pathlib.Path) -> int:
    """The statements so far of the process that counts into `file`."""
    (count,) = _NUMBER.unpack(file.read_bytes()[: _NUMBER.size])
    return int(count)


def count_into(file: pathlib.Path) -> None:
    """Count each statement that any engine of this process is given."""
    file.write_bytes(_NUMBER.pack(0))
    with file.open('r+b') as opened:
        shared = mmap.mmap(opened.fileno(), _NUMBER.size)
    guard = threading.Lock()
    count = 0

    def note(*_: object) -> None:
        nonlocal count
        with guard:
            count += 1
            _NUMBER.pack_into(shared, 0, count)

    sa.event.listen(sa.Engine, 'before_cursor_execute', note)


def main() -> int:
    file, command, *arguments = sys.argv[1:]
    count_into(pathlib.Path(file))
    module = importlib.import_module(f'autoscale.cmd.{command}')
    status: int = module.main(arguments)
    return status


if __name__ == '__main__':
    sys.exit(main())
