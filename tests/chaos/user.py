"""A user: some clusters, and requests of all kinds at random moments.

What a user decides comes from the user's own chance; what there is to decide
about depends on what was answered before.
"""

import dataclasses
import random
import threading
from collections.abc import Callable
from typing import Any

from tests.chaos.hands import Hands

#: How many clusters a user keeps, and the size that none goes beyond.
CLUSTERS = 3
MAX_SIZE = 8
#: Tries for what the rest of a user's story is built on.
_SURELY = 40


@dataclasses.dataclass
class Cluster:
    id: str
    queue: str | None  #: where its members are told; None: they are not
    webhooks: list[str] = dataclasses.field(default_factory=list)
    policies: list[str] = dataclasses.field(default_factory=list)


class User:
    def __init__(
        self,
        hands: Hands,
        rng: random.Random,
        open_queue: Callable[[str, str], None],
        strangers: Callable[[], list[str]],
        alarms: list[Hands],
    ) -> None:
        """`strangers` are clusters of other projects.

        `alarms` are the hands of alarm services, which act at once.
        """
        self._hands = hands
        self._alarm_hands = alarms
        self._rng = rng
        self._open_queue = open_queue
        self._strangers = strangers
        self._names = 0
        self._profile: str | None = None
        self._actions: list[str] = []
        self._alarms = 0
        self.clusters: list[Cluster] = []

    def live(self, stopping: threading.Event, pause: float) -> None:
        """Ask for one thing after another, about `pause` seconds apart."""
        while not stopping.wait(self._rng.expovariate(1 / pause)):
            self.act()

    def act(self) -> None:
        """Whatever comes to mind."""
        if len(self.clusters) < CLUSTERS and self._rng.random() < 0.5:
            self.create()
            return
        if not self.clusters:
            return
        cluster = self._rng.choice(self.clusters)
        names = list(WISHES)
        wish = self._rng.choices(names, [WISHES[each] for each in names])[0]
        getattr(self, wish)(cluster)

    # -- wishes

    def create(self) -> None:
        profile = self._profile or self._make_profile()
        if profile is None:
            return
        self._profile = profile
        said = self._hands.ask(
            'create cluster',
            'POST',
            '/v1/clusters',
            {
                'cluster': {
                    'name': self._name('web'),
                    'profile_id': profile,
                    'desired_capacity': self._rng.randint(0, 4),
                    'max_size': MAX_SIZE,
                }
            },
            action_kind='create',
            **self._maybe_repeated(),
        )
        if said is None or said.status_code != 202:
            return
        made = said.json()
        self._actions.append(made['action']['id'])
        cluster = Cluster(made['cluster']['id'], None)
        if self._rng.random() < 0.7 and not self._attach_hooks(cluster):
            return
        for wish in ('scale_out', 'scale_in'):
            if self._rng.random() < 0.6:
                self._make_webhook(cluster, wish)
        self.clusters.append(cluster)

    def scale_out(self, cluster: Cluster) -> None:
        self._request(cluster, 'scale_out', {'count': self._rng.randint(1, 3)})

    def scale_in(self, cluster: Cluster) -> None:
        self._request(cluster, 'scale_in', {'count': self._rng.randint(1, 3)})

    def resize(self, cluster: Cluster) -> None:
        kind, number = self._rng.choice(
            [
                ('EXACT_CAPACITY', self._rng.randint(0, 6)),
                ('CHANGE_IN_CAPACITY', self._rng.choice([-2, -1, 1, 2])),
                ('CHANGE_IN_PERCENTAGE', self._rng.choice([-50, 50, 100])),
            ]
        )
        self._request(
            cluster,
            'resize',
            {
                'adjustment_type': kind,
                'number': number,
                'strict': self._rng.random() < 0.3,
            },
        )

    def remove(self, cluster: Cluster) -> None:
        """Somebody by name: by the cluster's door, or by the node's."""
        found = self._look(f'/v1/clusters/{cluster.id}/nodes', cluster)
        if not found or not found['nodes']:
            return
        node = self._rng.choice(found['nodes'])['id']
        if self._rng.random() < 0.5:
            stays = self._rng.random() < 0.3
            self._request(
                cluster,
                'remove_nodes',
                {'nodes': [node], 'reduce_desired_capacity': not stays},
            )
            return
        self._note(
            self._hands.ask(
                'delete node',
                'DELETE',
                f'/v1/nodes/{node}',
                cluster=cluster.id,
                action_kind='remove_nodes',
            )
        )

    def preview(self, cluster: Cluster) -> None:
        self._hands.ask(
            'preview',
            'POST',
            f'/v1/clusters/{cluster.id}/preview',
            {'scale_in': {'count': 1}},
            cluster=cluster.id,
        )

    def cancel(self, cluster: Cluster) -> None:
        if self._actions:
            action = self._rng.choice(self._actions[-5:])
            self._hands.ask(
                'cancel',
                'POST',
                f'/v1/actions/{action}/cancel',
                action_kind='cancel',
            )

    def trigger(self, cluster: Cluster) -> None:
        """An alarm: once, again and again, or many at the same moment."""
        if not cluster.webhooks:
            return
        path = self._rng.choice(cluster.webhooks)
        wish = 'scale_out' if 'scale_out' in path else 'scale_in'
        path = path.partition('#')[0]
        body = self._alarm() if self._rng.random() < 0.5 else None
        times = self._rng.choice([1, 1, 1, 2, 2 * len(self._alarm_hands)])
        asked = [(path, body, self._maybe_repeated()) for _ in range(times)]
        if times <= 2:
            for each in asked:
                self._post_alarm(self._hands, cluster, wish, *each)
            return
        hands = self._alarm_hands
        posting = [
            threading.Thread(
                target=lambda own, part: [
                    self._post_alarm(own, cluster, wish, *each)
                    for each in part
                ],
                args=(own, asked[number :: len(hands)]),
            )
            for number, own in enumerate(hands)
        ]
        for thread in posting:
            thread.start()
        for thread in posting:
            thread.join()

    def _post_alarm(
        self,
        hands: Hands,
        cluster: Cluster,
        wish: str,
        path: str,
        body: Any,
        repeated: dict[str, Any],
    ) -> None:
        self._note(
            hands.ask(
                'trigger',
                'POST',
                path,
                body,
                cluster=cluster.id,
                action_kind=wish,
                **repeated,
            )
        )

    def attach(self, cluster: Cluster) -> None:
        """Or detach, in turn."""
        if cluster.policies:
            policy = cluster.policies.pop()
            self._hands.ask(
                'detach policy',
                'DELETE',
                f'/v1/clusters/{cluster.id}/policies/{policy}',
                cluster=cluster.id,
            )
            return
        policy = self._make_policy(
            'scaling',
            {
                'event': self._rng.choice(['scale_out', 'scale_in']),
                'adjustment': {'number': self._rng.randint(1, 2)},
                'cooldown': self._rng.randint(0, 3),
            },
        )
        if policy is None:
            return
        said = self._hands.ask(
            'attach policy',
            'PUT',
            f'/v1/clusters/{cluster.id}/policies/{policy}',
            cluster=cluster.id,
        )
        if said is not None and said.status_code == 201:
            cluster.policies.append(policy)

    def look(self, cluster: Cluster) -> None:
        """At one's own; at another's, of which there is nothing to see."""
        found = self._look('/v1/clusters', cluster) or {'clusters': []}
        if any(
            each['project_id'] != self._hands.tenant
            for each in found['clusters']
        ):
            self._hands.ledger.violation('a list has clusters of others')
        strangers = self._strangers()
        if not strangers:
            return
        other = self._rng.choice(strangers)
        said = self._hands.ask('look', 'GET', f'/v1/clusters/{other}')
        if said is not None and said.status_code not in (404, 503):
            self._hands.ledger.violation(
                f'a cluster of another project was shown: {said.status_code}'
            )

    def delete(self, cluster: Cluster) -> None:
        is_forced = self._rng.random() < 0.4
        said = self._hands.ask(
            'delete cluster, forced' if is_forced else 'delete cluster',
            'DELETE',
            f'/v1/clusters/{cluster.id}' + ('?force=true' * is_forced),
            cluster=cluster.id,
            action_kind='delete',
        )
        if said is not None and said.status_code == 202:
            self.clusters.remove(cluster)

    # -- what wishes are made of

    def _request(
        self, cluster: Cluster, kind: str, inputs: dict[str, Any]
    ) -> None:
        self._note(
            self._hands.ask(
                kind.replace('_', ' '),
                'POST',
                f'/v1/clusters/{cluster.id}/actions',
                {kind: inputs},
                cluster=cluster.id,
                action_kind=kind,
                **self._maybe_repeated(),
            )
        )

    def _maybe_repeated(self) -> dict[str, Any]:
        """With a key, and then until it is answered; or without, once."""
        if self._rng.random() < 0.5:
            return {}
        return {'key': self._hands.new_key(), 'tries': 4}

    def _note(self, said: Any) -> None:
        if said is not None and said.status_code == 202:
            action = said.json()['action']
            if action is not None:
                self._actions.append(action['id'])

    def _look(self, path: str, cluster: Cluster) -> Any:
        said = self._hands.ask('look', 'GET', path, cluster=cluster.id)
        if said is None or said.status_code != 200:
            return None
        return said.json()

    def _attach_hooks(self, cluster: Cluster) -> bool:
        """From now on its members are told; whether that is so."""
        queue = f'{self._hands.who}-{self._name("queue")}'
        timeout = self._rng.randint(6, 20)
        policy = self._make_policy(
            'deletion',
            {
                'criteria': self._rng.choice(['OLDEST_FIRST', 'RANDOM']),
                'rescind': self._rng.random() < 0.4,
                'hooks': {
                    'type': 'zaqar',
                    'params': {'queue': queue},
                    'timeout': timeout,
                    'heartbeat_limit': 2 * timeout,
                    'on_timeout': self._rng.choice(['continue', 'abandon']),
                },
            },
        )
        if policy is None:
            return False
        self._open_queue(queue, cluster.id)
        said = self._hands.ask(
            'attach policy',
            'PUT',
            f'/v1/clusters/{cluster.id}/policies/{policy}',
            cluster=cluster.id,
            tries=_SURELY,
        )
        # 409: the first try was committed, and not answered so.
        if said is None or said.status_code not in (200, 201, 409):
            return False
        cluster.queue = queue
        return True

    def _make_webhook(self, cluster: Cluster, wish: str) -> None:
        said = self._hands.ask(
            'create webhook',
            'POST',
            '/v1/webhooks',
            {
                'webhook': {
                    'name': self._name('alarm'),
                    'cluster_id': cluster.id,
                    'action': wish,
                    'params': {'count': 1},
                }
            },
            cluster=cluster.id,
        )
        if said is not None and said.status_code == 201:
            url = said.json()['webhook']['alarm_url']
            cluster.webhooks.append(url[url.index('/v1/') :] + f'#{wish}')

    def _make_policy(self, type_: str, spec: dict[str, Any]) -> str | None:
        wanted = {'name': self._name(type_), 'type': type_, 'spec': spec}
        return self._make('policy', 'policies', wanted)

    def _make_profile(self) -> str | None:
        spec = {'flavor': 'tiny', 'image': 'cirros'}
        wanted = {'name': self._name('p'), 'type': 'server', 'spec': spec}
        return self._make('profile', 'profiles', wanted)

    def _make(self, noun: str, place: str, wanted: Any) -> str | None:
        said = self._hands.ask(
            f'create {noun}',
            'POST',
            f'/v1/{place}',
            {noun: wanted},
            key=self._hands.new_key(),
            tries=_SURELY,
        )
        if said is None or said.status_code != 201:
            return None
        return str(said.json()[noun]['id'])

    def _name(self, noun: str) -> str:
        self._names += 1
        return f'{self._hands.who}-{noun}-{self._names}'

    def _alarm(self) -> dict[str, Any]:
        """Another transition of an alarm; posted twice it is still one."""
        self._alarms += 1
        return {
            'alarm_name': 'cpu_high',
            'alarm_id': f'{self._hands.who}-{self._alarms}',
            'severity': 'low',
            'previous': 'ok',
            'current': 'alarm',
            'reason': f'transition {self._alarms}',
            'reason_data': {'type': 'threshold'},
        }


#: How often each is wished for, against each other.
WISHES = {
    'scale_out': 5,
    'scale_in': 5,
    'resize': 3,
    'remove': 3,
    'trigger': 6,
    'attach': 1,
    'cancel': 2,
    'preview': 1,
    'look': 2,
    'delete': 1,
}
