"""The page of figures: on a port, and of several processes together."""

import os
import socket
import subprocess
import sys
import urllib.error
import urllib.request

import pytest

from autoscale.metrics import measures
from autoscale.metrics import page


def free_port():
    with socket.socket() as probe:
        probe.bind(('127.0.0.1', 0))
        return probe.getsockname()[1]


def test_a_port_shows_the_figures_until_it_is_closed():
    measures.action_ended('scale_in', 'REFUSED')
    port = free_port()
    served = page.Port('127.0.0.1', port)
    served.start()
    url = f'http://127.0.0.1:{port}/metrics'
    with urllib.request.urlopen(url, timeout=10) as answer:
        text = answer.read().decode()
    served.stop()
    assert (
        'autoscale_engine_actions_total{kind="scale_in",status="REFUSED"}'
        in text
    )
    assert 'process_resident_memory_bytes' in text
    with pytest.raises(urllib.error.URLError):
        urllib.request.urlopen(url, timeout=10)


def test_port_zero_is_none():
    served = page.Port('127.0.0.1', 0)
    served.start()
    assert served._serving is None
    served.stop()


def test_a_port_that_is_taken_stops_nobody(caplog):
    with socket.socket() as taken:
        taken.bind(('127.0.0.1', 0))
        taken.listen()
        served = page.Port('127.0.0.1', taken.getsockname()[1])
        served.start()
        served.stop()
    assert 'cannot be listened on' in caplog.text


_COUNT = """
import sys
from autoscale.metrics import measures, page
measures.answered('/v1/clusters', 'GET', '200', 0.01)
if sys.argv[1:]:
    environ = {'REQUEST_METHOD': 'GET', 'PATH_INFO': page.PATH}
    said = page.application()(environ, lambda status, headers: None)
    print(b''.join(said).decode())
"""


def test_processes_that_share_a_directory_are_added_up(tmp_path):
    environment = {**os.environ, page.SHARED: str(tmp_path)}

    def process(*arguments):
        return subprocess.run(
            [sys.executable, '-c', _COUNT, *arguments],
            env=environment,
            check=True,
            capture_output=True,
            text=True,
            timeout=60,
        ).stdout

    process()
    process()
    assert (
        'autoscale_api_requests_total'
        '{method="GET",route="/v1/clusters",status="200"} 3.0'
    ) in process('show')
