"""The functional suite of the database room, unchanged, on each database."""

import os
import pathlib
import subprocess
import sys

_TESTS = pathlib.Path(__file__).parents[1] / 'functional' / 'db'


def test_the_database_keeps_its_promises(database_server):
    url = database_server.database('functional')
    done = subprocess.run(
        [sys.executable, '-m', 'pytest', '-p', 'no:cacheprovider', _TESTS],
        env={**os.environ, 'AUTOSCALE_TEST_DATABASE_URL': url},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert ' passed' in done.stdout
