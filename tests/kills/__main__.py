"""Kill an engine at every point of every scenario, and say what came of it.

Exits with 1 when anything is not as it must be.
"""

import argparse
import os
import pathlib
import signal
import sys
import tempfile

from tests.kills import report
from tests.kills import scenarios
from tests.kills import work
from tests.services.servers.mariadb import MariaDB
from tests.services.servers.postgresql import PostgreSQL

_DATABASES: dict[str, type[work.Server]] = {
    'mariadb': MariaDB,
    'postgresql': PostgreSQL,
}


def main() -> int:
    options = _parser().parse_args()
    # Whoever ends this ends it as Ctrl-C does: nothing is left behind.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    chosen = [
        each
        for each in scenarios.SCENARIOS
        if not options.scenario or each.name in options.scenario
    ]
    done = work.Done(chosen)
    with tempfile.TemporaryDirectory(prefix='kills-') as place:
        server = _DATABASES[options.database]()
        try:
            work.work(
                done,
                pathlib.Path(place),
                server=server,
                universes=options.universes,
                every=options.every,
                only=options.point,
            )
        except KeyboardInterrupt:
            print('It was ended before it was over.')
        finally:
            server.close()
    return report.tell(done)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog='python -m tests.kills', description=__doc__
    )
    parser.add_argument(
        '--scenario',
        action='append',
        choices=[each.name for each in scenarios.SCENARIOS],
        help='only this one; may be given more than once',
    )
    parser.add_argument(
        '--every',
        type=int,
        metavar='N',
        default=int(os.environ.get('AUTOSCALE_KILLS_EVERY', '1')),
        help='only each N-th kill, for a quick run',
    )
    parser.add_argument(
        '--point',
        metavar='TEXT',
        default='',
        help="only kills that have this in their name, as in 'after pass: "
        "POST /compute'",
    )
    parser.add_argument(
        '--universes',
        type=int,
        metavar='N',
        default=4 * (os.cpu_count() or 1),
        help='how many runs at the same time; most of each is waiting',
    )
    parser.add_argument(
        '--database', choices=list(_DATABASES), default='mariadb'
    )
    return parser


if __name__ == '__main__':
    sys.exit(main())
