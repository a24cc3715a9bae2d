"""The same answers, whatever WSGI server is in front."""

import signal
from concurrent import futures

import requests


def test_every_worker_serves(served):
    def ask(_):
        return requests.get(f'{served.url}/v1', timeout=30).status_code

    with futures.ThreadPoolExecutor(8) as pool:
        assert set(pool.map(ask, range(80))) == {200}


def test_a_trigger_is_accepted_and_its_secret_not_logged(served):
    url = served.webhook()
    token = url.partition('token=')[2]
    assert token
    said = requests.post(url, json={'state': 'alarm'}, timeout=30)
    assert said.status_code == 202
    assert said.json()['action']['kind'] == 'scale_out'
    wrong = requests.post(url[:-1], timeout=30)
    assert wrong.status_code == 404
    assert token not in served.log.read_text()


def test_a_body_that_nobody_reads_does_not_spoil_the_next_request(served):
    with requests.Session() as session:
        for _ in range(3):
            said = session.post(
                f'{served.url}/v1/profiles', data='x' * 50_000, timeout=30
            )
            assert said.status_code == 413
            assert said.json()['errors'][0]['status'] == 413
            assert session.get(f'{served.url}/v1', timeout=30).ok


def test_it_ends_when_it_is_told_to(served):
    """The last test: there is no server after it."""
    served.process.signal(signal.SIGTERM)
    assert served.process.end(30) == 0
    text = served.log.read_text()
    assert 'Traceback' not in text
