"""What is done, in its order: a cluster, an alarm, a larger one, a drain.

Whatever is asked of the service is asked over HTTP, as anybody would; what
came of it is looked up in the cloud.
"""

import collections
import contextlib
import time
from typing import Any

import requests

from autoscale.cmd.demo import patience as patiences
from autoscale.cmd.demo import stage
from autoscale.cmd.demo import story as stories
from autoscale.cmd.demo import verdict
from autoscale.cmd.demo import witness as witnesses

CLUSTER = 'web'

_ENDS = ('SUCCEEDED', 'FAILED', 'CANCELLED', 'REFUSED')
_OPEN_HOOKS = ('PENDING', 'SENT')

PROFILE = {
    'name': 'small',
    'type': 'server',
    'spec': {'flavor': 'small', 'image': 'cirros', 'networks': 'none'},
}
POLICIES = (
    {
        'name': 'two-more',
        'type': 'scaling',
        'spec': {'event': 'scale_out', 'adjustment': {'number': 2}},
    },
    {
        'name': 'one-fewer',
        'type': 'scaling',
        'spec': {'event': 'scale_in', 'adjustment': {'number': 1}},
    },
    {
        'name': 'drain-first',
        'type': 'deletion',
        'spec': {
            'criteria': 'OLDEST_FIRST',
            'hooks': {
                'type': 'zaqar',
                'params': {'queue': verdict.QUEUE},
                'timeout': 600,
            },
        },
    },
)


def alarm(name: str, value: float) -> dict[str, Any]:
    """What Aodh posts when this alarm goes off."""
    return {
        'alarm_name': name,
        'alarm_id': f'1f7b6a52-0d1e-4e0a-9c55-{int(value):012d}',
        'severity': 'moderate',
        'previous': 'ok',
        'current': 'alarm',
        'reason': 'Transition to alarm due to 1 samples outside threshold, '
        f'most recent: {value}',
        'reason_data': {
            'type': 'threshold',
            'disposition': 'outside',
            'count': 1,
            'most_recent': value,
        },
    }


class Play:
    """Plays it once. Whatever does not come about raises NotSeen."""

    def __init__(
        self,
        service: stage.Service,
        application: stage.Application,
        *,
        story: stories.Story,
        patience: patiences.Patience,
        observed: verdict.Observed,
    ) -> None:
        """The service is up; the application is yet to be started."""
        self._service = service
        self.application = application
        self._story = story
        self._patience = patience
        self._http = witnesses.session()
        self._witness = witnesses.Witness(service.cloud_url)
        self.observed = observed
        self.names: dict[str, str] = {}  #: server id to node
        self.calls: list[dict[str, Any]] = []  #: what was shown
        self.webhooks: dict[str, str] = {}  #: name to URL, with its secret

    def run(self) -> None:
        try:
            self._begin()
            self._grow()
            self._shrink()
        finally:
            self._hear()
            # What went wrong before matters more than a cloud that is gone.
            with contextlib.suppress(patiences.NotSeen):
                self.observed.log = self._witness.requests()

    def close(self) -> None:
        """Let go of the connections; a server that ends waits for them."""
        self._http.close()
        self._witness.close()

    # -- the acts

    def _begin(self) -> None:
        self._story.heading('A cluster of three')
        self._story.say(
            'A profile says what a member is made of, policies say by how '
            'much a cluster grows and how members leave, and webhooks are for '
            'alarm services to call.'
        )
        self._story.line()
        self._ask('POST', '/v1/profiles', {'profile': PROFILE})
        created = self._ask(
            'POST',
            '/v1/clusters',
            {
                'cluster': {
                    'name': CLUSTER,
                    'profile_id': PROFILE['name'],
                    'min_size': 2,
                    'max_size': 10,
                    'desired_capacity': verdict.AT_FIRST,
                }
            },
        )
        self.application.start()
        for policy in POLICIES:
            self._ask('POST', '/v1/policies', {'policy': policy})
            path = f'/v1/clusters/{CLUSTER}/policies/{policy["name"]}'
            self._ask('PUT', path, {})
        for name, kind in (('grow', 'scale_out'), ('shrink', 'scale_in')):
            wish = {'name': name, 'cluster_id': CLUSTER, 'action': kind}
            made = self._ask('POST', '/v1/webhooks', {'webhook': wish})
            self.webhooks[name] = made['webhook']['alarm_url']
        self._await_end(created['action']['id'])
        self.observed.before = self._list_servers()

    def _grow(self) -> None:
        self._story.heading('An alarm: the CPUs are busy')
        self.observed.out_at = time.time()
        action_id = self._trigger('grow', alarm('cpu_high', 91.2))
        self.observed.out = self._await_end(action_id)
        self.observed.between = self._list_servers()

    def _shrink(self) -> None:
        self._story.heading('Another alarm: the CPUs are idle')
        self._story.say(
            f'{self.application.name} has been waiting for messages on the '
            f"queue '{verdict.QUEUE}' since the cluster was made."
        )
        self._story.line()
        observed = self.observed
        observed.in_at = time.time()
        action_id = self._trigger('shrink', alarm('cpu_low', 4.7))
        victim = self._until('a server is chosen', self._chosen, action_id)
        observed.victim = victim
        observed.hook = self._until(
            'the application answers', self._answered, action_id, victim
        )
        observed.gone_at = self._until(
            'the server is gone from the cloud', self._gone_at, victim
        )
        observed.into = self._await_end(action_id)
        self._until('the message is off the queue', self._is_off)
        observed.cluster = self._see(f'/v1/clusters/{CLUSTER}')['cluster']
        observed.after = self._list_servers()

    # -- what is waited for

    def _chosen(self, action_id: str) -> str | None:
        action = self._see(f'/v1/actions/{action_id}')['action']
        _refuse_failure(action)
        chosen = (action['decision'] or {}).get('chosen') or []
        return chosen[0]['server_id'] if chosen else None

    def _answered(self, action_id: str, victim: str) -> dict[str, Any] | None:
        """The hook, when it has ended; the server is looked at meanwhile."""
        self.observed.sightings.append(self._witness.look(victim))
        found = self._see(f'/v1/clusters/{CLUSTER}/hooks')['hooks']
        for each in found:
            if each['action_id'] == action_id:
                self.observed.hook = each
                if each['status'] not in _OPEN_HOOKS:
                    return _continued(each)
        return None

    def _gone_at(self, victim: str) -> float | None:
        sighting = self._witness.look(victim)
        self.observed.sightings.append(sighting)
        return sighting.answered if sighting.status is None else None

    def _is_off(self) -> bool | None:
        self.observed.log = self._witness.requests()
        return True if self.observed.taken_off() else None

    def _await_end(self, action_id: str) -> dict[str, Any]:
        """The action when it has SUCCEEDED; NotSeen if it did not."""

        def ended() -> dict[str, Any] | None:
            action = self._see(f'/v1/actions/{action_id}')['action']
            _refuse_failure(action)
            return dict(action) if action['status'] in _ENDS else None

        action: dict[str, Any] = self._until(
            f'the action {action_id} ends', ended
        )
        return action

    def _list_servers(self) -> verdict.Servers:
        """The cloud's servers; who is which node is noted."""
        found = self._witness.servers()
        nodes = self._see(f'/v1/clusters/{CLUSTER}/nodes')['nodes']
        for node in nodes:
            self.names[node['server_id']] = node['name']
        states = collections.Counter(each['status'] for each in found.values())
        listed = ', '.join(f'{n} {state}' for state, n in states.items())
        self._story.step(f'the cloud lists {len(found)} servers: {listed}')
        return found

    def _until(self, what: str, probe: Any, *arguments: Any) -> Any:
        def checked() -> Any:
            self._service.check()
            self.application.check()
            self._hear()
            return probe(*arguments)

        return self._patience.until(what, checked)

    def _hear(self) -> None:
        self._story.heard(self.application.name, self.application.news())

    # -- HTTP

    def _trigger(self, name: str, body: dict[str, Any]) -> str:
        """Post an alarm to a webhook; the id of the action it led to."""
        url = self.webhooks[name]
        path = url.removeprefix(self._service.api_url)
        answer = self._request('POST', url, body)
        self._tell('POST', f'{path.partition("=")[0]}=...', body, answer)
        action = answer.json()['action']
        if action is None:
            raise patiences.NotSeen(f'the alarm was ignored: {answer.text}')
        return str(action['id'])

    def _ask(self, method: str, path: str, body: Any) -> Any:
        answer = self._request(method, f'{self._service.api_url}{path}', body)
        self._tell(method, path, body, answer)
        return answer.json()

    def _tell(
        self, method: str, path: str, body: Any, answer: requests.Response
    ) -> None:
        self._story.call(method, path, body, answer.status_code)
        self.calls.append(
            {
                'method': method,
                'path': path,
                'body': body,
                'status': answer.status_code,
            }
        )

    def _see(self, path: str) -> Any:
        """A look at the service, which is not worth telling."""
        url = f'{self._service.api_url}{path}'
        return self._request('GET', url, None).json()

    def _request(self, method: str, url: str, body: Any) -> requests.Response:
        what = f'{method} {url.partition("?")[0]}'
        try:
            answer = self._http.request(
                method, url, json=body, timeout=witnesses.TIMEOUT
            )
        except requests.RequestException as error:
            self._service.check()
            raise patiences.NotSeen(
                f'{what} was not answered: {error}'
            ) from error
        if not answer.ok:
            raise patiences.NotSeen(
                f'{what} was answered {answer.status_code}: {answer.text}'
            )
        return answer


def _continued(hook: dict[str, Any]) -> dict[str, Any]:
    """The hook; NotSeen if it was not answered `continue`."""
    if hook['answer'] != 'continue':
        raise patiences.NotSeen(
            "the application was to answer 'continue'; its hook is "
            f'{hook["status"]}, the answer is {hook["answer"]}'
        )
    return dict(hook)


def _refuse_failure(action: dict[str, Any]) -> None:
    if action['status'] in _ENDS and action['status'] != 'SUCCEEDED':
        raise patiences.NotSeen(
            f'{action["kind"]} was to succeed and is {action["status"]}: '
            f'{action["status_reason"]}'
        )
