"""`python -m benchmarks [name…] [--quick] [--json FILE]`."""

import argparse
import importlib
import json
import os
import pathlib
import sys
import time

from benchmarks import table

SUBJECTS = (
    'trigger',
    'growth',
    'shrink',
    'idle',
    'memory',
    'deployment',
    'takeover',
    'neighbours',
)

#: Measured only when they are named: what they take is not everywhere.
NAMED_ONLY = ('real',)


def main(arguments: list[str] | None = None) -> int:
    """Measure each subject and print its table; the exit status."""
    options = _parser().parse_args(arguments)
    every: dict[str, list[dict[str, object]]] = {}
    for name in options.names or SUBJECTS:
        subject = importlib.import_module(f'benchmarks.{name}')
        began = time.monotonic()
        rows: list[table.Row] = []
        for each in subject.measure(options.quick):
            rows.append(each)
            # Some take minutes; what is known by then is not lost.
            print(table.line(each), file=sys.stderr, flush=True)
        took = time.monotonic() - began
        load = os.getloadavg()[0]
        print(f'\n{name} ({took:.0f} s; load of the machine {load:.1f})')
        print('\n'.join(table.lines(rows)), flush=True)
        every[name] = [each.show() for each in rows]
    if options.json:
        pathlib.Path(options.json).write_text(json.dumps(every, indent=2))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog='python -m benchmarks',
        description='Measure autoscale and print the figures.',
    )
    parser.add_argument(
        'names',
        nargs='*',
        metavar='name',
        choices=[[], *SUBJECTS, *NAMED_ONLY],
        help=f'what to measure, of: {", ".join(SUBJECTS)}; all, if none is '
        f'named. Only when named: {", ".join(NAMED_ONLY)}',
    )
    parser.add_argument(
        '--quick',
        action='store_true',
        help='small and short: to see that it works, not how fast it is',
    )
    parser.add_argument(
        '--json', metavar='FILE', help='write the figures there as well'
    )
    return parser


if __name__ == '__main__':
    sys.exit(main())
