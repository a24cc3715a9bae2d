"""The cloud as a process: one line of JSON says where it is."""

import argparse
import json
import os
import pathlib
import signal
import sys
import threading
from typing import Any

from autoscale.devcloud import cloud
from autoscale.devcloud import journal
from autoscale.devcloud import settings


def main(arguments: list[str] | None = None) -> int:
    """Run until told to stop; the exit status."""
    options = _parser().parse_args(arguments)
    over = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: over.set())
    try:
        running = cloud.DevCloud(
            port=options.port,
            state=options.state,
            **dict(options.setting),
        )
        running.start()
    except (settings.InvalidSetting, journal.StateInUse, OSError) as error:
        print(f'devcloud: {error}', file=sys.stderr)
        return 1
    with running:
        if options.clouds_yaml:
            _write(options.clouds_yaml, running.clouds_yaml())
        where = {
            'auth_url': running.auth_url,
            'control_url': running.control_url,
            'port': running.port,
            'pid': os.getpid(),
        }
        print(json.dumps(where), flush=True)
        if options.exit_with_parent:
            threading.Thread(
                target=_await_end, args=(over,), daemon=True
            ).start()
        over.wait()
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog='python -m autoscale.devcloud',
        description='A development cloud: Keystone, Nova and Zaqar over HTTP.',
    )
    parser.add_argument(
        '--port', type=int, default=0, help='0 takes any free one'
    )
    parser.add_argument(
        '--state', metavar='DIR', help='remember everything in this directory'
    )
    parser.add_argument(
        '--clouds-yaml', metavar='FILE', help='write a clouds.yaml there'
    )
    parser.add_argument(
        '--exit-with-parent',
        action='store_true',
        help='stop when standard input ends',
    )
    parser.add_argument(
        '--setting',
        metavar='NAME=VALUE',
        action='append',
        default=[],
        type=_setting,
        help='e.g. build_seconds=0.1; the value is JSON',
    )
    return parser


def _setting(text: str) -> tuple[str, Any]:
    name, equals, value = text.partition('=')
    if not equals:
        raise argparse.ArgumentTypeError('say NAME=VALUE')
    try:
        return name, json.loads(value)
    except ValueError:
        raise argparse.ArgumentTypeError(f'{value!r} is no JSON') from None


def _write(path: str, text: str) -> None:
    """Replace the file in one step, so that nobody reads half of it."""
    fresh = pathlib.Path(f'{path}.new')
    fresh.write_text(text, encoding='utf-8')
    fresh.replace(path)


def _await_end(over: threading.Event) -> None:
    # Not sys.stdin: a thread that waits in it would hold a lock that the
    # interpreter wants when it ends.
    while os.read(0, 4096):
        pass
    over.set()


if __name__ == '__main__':
    sys.exit(main())
