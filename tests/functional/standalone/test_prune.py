"""Old records leave the database while the service is at work."""

import json
import subprocess
import sysconfig
import threading

import requests

from tests.functional.standalone.process import eventually

_MANAGE = f'{sysconfig.get_path("scripts")}/autoscale-manage'


def prune(service, tmp_path):
    """What `autoscale-manage prune` removed, by noun."""
    file = tmp_path / 'manage.conf'
    file.write_text(
        f'[database]\nconnection = sqlite:///{service.state}/autoscale.sqlite'
    )
    done = subprocess.run(
        [_MANAGE, '--config-file', file, 'prune', '--older-than', '0'],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


class Asking(threading.Thread):
    """Ask a cluster for more, again and again, in a thread of its own."""

    def __init__(self, service, cluster):
        super().__init__()
        self._url = f'{service.url}/v1/clusters/{cluster}/actions'
        self._over = threading.Event()
        self.statuses = []

    def run(self):
        with requests.Session() as session:
            while not self._over.is_set():
                body = {'scale_out': {'count': 1}}
                answer = session.post(self._url, json=body, timeout=20)
                self.statuses.append(answer.status_code)

    def end(self):
        self._over.set()
        self.join(30)


def test_old_records_are_pruned_while_more_is_asked_for_and_members_drain(
    service, tmp_path
):
    queue = service.name('pruned')
    draining = service.draining_cluster(1, queue)
    waiting = service.ask(draining, 'scale_in', count=1)
    hook = service.sent_hook(draining)
    cluster = service.cluster(1, max_size=1)
    asking = Asking(service, cluster)
    asking.start()
    try:
        pruned = []
        for _ in range(3):
            before = len(asking.statuses)
            pruned.append(prune(service, tmp_path))
            eventually(lambda n=before: len(asking.statuses) > n, 'a request')
    finally:
        asking.end()
    assert set(asking.statuses) == {202}
    assert all(each['action'] and each['event'] for each in pruned)
    # What is not over stays, however old, and goes on.
    assert service.action(waiting)['status'] == 'WAITING'
    assert [each['id'] for each in service.hooks(draining)] == [hook['id']]
    (message,) = service.messages(queue)
    assert service.complete(message).status_code == 200
    assert service.end_of(waiting)['status'] == 'SUCCEEDED'
    assert len(service.nodes(cluster, 'ACTIVE')) == 1
