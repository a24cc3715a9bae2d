"""python -m tests.chaos: some minutes of bad weather, drawn from a seed."""

import argparse
import pathlib
import secrets
import shutil
import signal
import sys
import tempfile
import time
import types
from collections.abc import Sequence
from typing import NoReturn

from tests.chaos import report
from tests.chaos import town as towns
from tests.chaos.day import Day

#: Of the log, what is shown after a failure: its last lines.
_SHOWN = 60


def _arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog='python -m tests.chaos')
    parser.add_argument(
        '--minutes', type=float, default=5.0, help='of bad weather'
    )
    parser.add_argument(
        '--seed', type=int, help='that of an earlier run; else one is drawn'
    )
    parser.add_argument(
        '--database',
        choices=sorted(towns.DATABASES),
        default='mariadb',
    )
    parser.add_argument(
        '--keep',
        action='store_true',
        help='leave the logs, and say where they are',
    )
    return parser.parse_args(arguments)


def _interrupted(number: int, frame: types.FrameType | None) -> NoReturn:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    sys.exit(128 + number)


def main(arguments: Sequence[str] | None = None) -> int:
    asked = _arguments(arguments)
    seed = secrets.randbelow(2**31) if asked.seed is None else asked.seed
    again = (
        f'--minutes {asked.minutes:g} --seed {seed} '
        f'--database {asked.database}'
    )
    print(f'chaos: the seed is {seed}; {again}', flush=True)
    # However it is ended, it ends what it has started.
    signal.signal(signal.SIGINT, _interrupted)
    signal.signal(signal.SIGTERM, _interrupted)
    place = pathlib.Path(tempfile.mkdtemp(prefix='autoscale-chaos-'))
    began = time.monotonic()
    try:
        town = towns.Town(place, asked.database)
        try:
            violations = _live(town, seed, asked.minutes * 60)
        finally:
            town.close()
    finally:
        if asked.keep:
            print(f'chaos: the logs are in {place}')
        else:
            shutil.rmtree(place, ignore_errors=True)
    spent = time.monotonic() - began
    if violations:
        print(f'\nchaos: FAILED in {spent:.0f} s; what must never be:')
        for each in violations:
            print(f'  {each}')
        print(f'chaos: once more: tox -e chaos -- {again}')
        return 1
    print(f'\nchaos: passed in {spent:.0f} s; the seed was {seed}')
    return 0


def _live(town: towns.Town, seed: int, seconds: float) -> list[str]:
    day = Day(town, seed)
    try:
        day.live(seconds)
        for line in report.lines(day):
            print(line)
    finally:
        day.close()
        if day.ledger.violations or sys.exc_info()[0] is not None:
            print('\nThe end of what was done:')
            for line in day.ledger.log.read_text().splitlines()[-_SHOWN:]:
                print(f'  {line}')
    return day.ledger.violations


if __name__ == '__main__':
    sys.exit(main())
