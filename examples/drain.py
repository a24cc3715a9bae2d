"""An application that drains before its server goes; a start for your own.

autoscale posts a message to a Zaqar queue for each server that shall leave.
This program, one for all the servers of a cluster, claims the message, lets
the work on that server end, and answers. Only then is the server deleted.

    OS_CLOUD=mycloud python drain.py QUEUE
    python drain.py QUEUE SIGNED.json

The queue is read with a credential of clouds.yaml or, without any account,
with a pre-signed URL of Zaqar's: {"url": the endpoint of messaging, …} and
what `POST /v2/queues/QUEUE/share` answered. The answer to a message needs
neither: the token in it is the right to give one. Whatever fails here, the
message comes again when its claim is over: let a supervisor restart this.
"""

import json
import pathlib
import sys
import time

import openstack.config
import requests
from zaqarclient.queues import client

#: Seconds that a message is ours: longer than a drain takes, 60 at least.
CLAIM = 300


def drain(server_id):
    """Take no new work, and end what is under way there: yours to write."""
    time.sleep(1)


def handle(message):
    """Drain and answer; whether we are done with this message."""
    body = message.body
    name = body['node_name']
    if body['lifecycle_transition_type'] != 'termination':
        print(f'{name} stays after all')
        return True
    print(f'{name} shall leave: draining')
    drain(body['resource_id'])
    token = body['lifecycle_action_token']
    words = {'lifecycle_action_token': token, 'result': 'continue'}
    answer = requests.post(body['complete_url'], json=words, timeout=30)
    print(f'{name} has drained: answered, {answer.status_code}')
    # An error of the service passes; anything else would only come again.
    return answer.status_code < 500


def connect(signed):
    """Zaqar's client, with what is in the file `signed` or clouds.yaml."""
    if not signed:
        session = openstack.config.get_cloud_region().get_session()
        return client.Client(version=2, session=session)
    share = json.loads(pathlib.Path(signed).read_text())
    auth = {**share, 'os_project_id': share['project']}
    how = {'auth_opts': {'backend': 'signed-url', 'options': auth}}
    return client.Client(share['url'], version=2, conf=how)


def main(name, signed=None):
    queue = connect(signed).queue(name, auto_create=False)
    print(f'waiting for messages on {name}')
    while True:
        for message in queue.claim(ttl=CLAIM, grace=CLAIM, limit=1):
            if handle(message):
                message.delete()
        time.sleep(0.5)


if __name__ == '__main__':
    main(*sys.argv[1:])
