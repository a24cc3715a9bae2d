"""An engine taken apart: a real database, fakes for the cloud, a clock.

Passes are run by hand, and the database's clock is the test's: SQLite's
`strftime` is replaced on each connection, so leases, deadlines and backoffs
pass as quickly as a test says.
"""

import contextlib
import datetime
import functools
import pathlib
import tempfile
import uuid
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from oslo_config import cfg
from sqlalchemy import event

from autoscale import conf as options
from autoscale import plugins
from autoscale.db import action as action_rows
from autoscale.db import binding as binding_rows
from autoscale.db import cluster as cluster_rows
from autoscale.db import database
from autoscale.db import event as event_rows
from autoscale.db import hook as hook_rows
from autoscale.db import migration
from autoscale.db import node as node_rows
from autoscale.db import owning
from autoscale.db import policy as policy_rows
from autoscale.db import profile as profile_rows
from autoscale.db import request
from autoscale.db import work as work_rows
from autoscale.engine import gather
from autoscale.engine import one_pass
from autoscale.engine import perform
from autoscale.model import action as actions
from autoscale.model import binding as bindings
from autoscale.model import cluster as clusters
from autoscale.model import facts
from autoscale.model import policy as policies
from autoscale.model import profile as profiles
from tests.fakes.clock import Clock
from tests.fakes.nova import FakeNova
from tests.fakes.zaqar import FakeZaqar

PROJECT = 'project-1'
USER = 'user-1'


@functools.cache
def _migrated() -> bytes:
    """A database file with our tables, made once."""
    with tempfile.TemporaryDirectory() as directory:
        place = pathlib.Path(directory) / 'autoscale.sqlite'
        migration.db_sync(f'sqlite:///{place}')
        return place.read_bytes()


class FakeDoors:
    """The doors of `engine/doors.py`, with fakes behind them."""

    def __init__(self, conf: Any, clock: Clock) -> None:
        self._conf = conf
        self.the_nova = FakeNova(clock)
        self.the_zaqar = FakeZaqar(clock)
        self.locked_reason: str | None = None

    def why_locked(self, owner: Any, standing: Any) -> str | None:
        return self.locked_reason

    def owners(self, db: Any, turn: int) -> list[owning.Owner]:
        return db.read(owning.owners, turn)

    def nova(self, cluster: Any) -> FakeNova:
        return self.the_nova

    @property
    def zaqar(self) -> FakeZaqar:
        return self.the_zaqar

    def transport(self, type_: str, cluster: Any) -> Any:
        return plugins.get(plugins.HOOKS, type_)(self._conf, self)

    def launch_request(self, profile: Any, nova: Any) -> dict[str, Any]:
        plugin = plugins.get(plugins.PROFILES, profile.type)
        return plugin(profile.spec).request(nova)

    def forget_request(self, profile: Any) -> None:
        pass


class House:
    def __init__(self, directory: Any, **settings: Any) -> None:
        self.clock = Clock()
        self.conf = cfg.ConfigOpts()
        options.register(self.conf)
        self.conf([])
        place = pathlib.Path(directory) / 'autoscale.sqlite'
        place.write_bytes(_migrated())
        self.conf.set_override(
            'connection', f'sqlite:///{place}', group='database'
        )
        self.db = database.Database(self.conf)
        self.doors = FakeDoors(self.conf, self.clock)
        self.nova = self.doors.the_nova
        self.zaqar = self.doors.the_zaqar
        self.settings = facts.Settings(
            public_url='http://autoscale', **settings
        )
        self.performer = perform.Performer(self.doors, 4)
        self.passes = self.engine('engine-1')
        self.profile = self.add_profile()

    def engine(self, name: str) -> one_pass.Passes:
        """Another engine on the same database and cloud."""
        return one_pass.Passes(
            self.db,
            gather.Gatherer(self.db, self.doors, self.settings),
            self.performer,
            engine_id=name,
            lease_seconds=10.0,
        )

    def close(self) -> None:
        self.performer.stop()
        self.db.dispose()

    # -- what the API would write

    def add_profile(self, **spec: Any) -> profiles.Profile:
        profile = profiles.Profile(
            id=str(uuid.uuid4()),
            project_id=PROJECT,
            user_id=USER,
            name='web',
            type='server',
            spec={'flavor': 'tiny', 'image': 'cirros', **spec},
            metadata={},
            created_at=self.clock(),
            updated_at=None,
        )
        self.db.write(profile_rows.create, profile)
        return profile

    def add_cluster(self, desired: int = 0, **columns: Any) -> str:
        """A cluster and its 'create'; answers its id."""
        values: dict[str, Any] = {
            'id': str(uuid.uuid4()),
            'project_id': PROJECT,
            'user_id': USER,
            'name': 'web',
            'profile_id': self.profile.id,
            'min_size': 0,
            'max_size': clusters.UNLIMITED,
            'desired_capacity': desired,
            'status': clusters.CREATING,
            'status_reason': None,
            'metadata': {},
            'next_index': 1,
            'is_deleting': False,
            'is_forced': False,
            'blocked_reason': None,
            'exhausted_since': None,
            'exhausted_reason': None,
            'capacity_failures': 0,
            'retry_at': None,
            'created_at': self.clock(),
            'updated_at': None,
            **columns,
        }
        cluster = clusters.Cluster(**values)
        self.db.write(
            request.create_cluster,
            cluster,
            self._action(cluster.id, actions.CREATE, {}, {}),
        )
        return cluster.id

    def ask(
        self,
        cluster_id: str,
        kind: str,
        *,
        cause: dict[str, Any] | None = None,
        **inputs: Any,
    ) -> str:
        """A request; answers the action's id."""
        action = self._action(cluster_id, kind, inputs, cause)
        self.db.write(request.accept, action)
        return action.id

    def _action(
        self,
        cluster_id: str,
        kind: str,
        inputs: dict[str, Any],
        cause: dict[str, Any] | None,
    ) -> actions.Action:
        return actions.Action(
            sequence=None,
            id=str(uuid.uuid4()),
            project_id=PROJECT,
            user_id=USER,
            cluster_id=cluster_id,
            cluster_name='web',
            kind=kind,
            status=actions.QUEUED,
            status_reason=None,
            inputs=inputs,
            cause=cause or {'type': actions.PERSON},
            decision=None,
            request_id=None,
            created_at=self.clock(),
            started_at=None,
            ended_at=None,
        )

    def attach(
        self, cluster_id: str, type_: str, spec: dict[str, Any], **how: Any
    ) -> str:
        """A policy on a cluster; answers its id."""
        plugin = plugins.get(plugins.POLICIES, type_)
        policy = policies.Policy(
            id=str(uuid.uuid4()),
            project_id=PROJECT,
            user_id=USER,
            name=f'my {type_}',
            type=type_,
            spec=plugin.check(spec),
            metadata={},
            created_at=self.clock(),
            updated_at=None,
        )
        self.db.write(policy_rows.create, policy)
        values: dict[str, Any] = {
            'enabled': True,
            'observe_only': False,
            'priority': bindings.DEFAULT_PRIORITY,
            'cooldown_until': None,
            **how,
        }
        self.db.write(
            binding_rows.attach,
            bindings.Binding(
                cluster_id=cluster_id,
                policy_id=policy.id,
                policy_name=policy.name,
                policy_type=policy.type,
                policy_spec=policy.spec,
                created_at=self.clock(),
                updated_at=None,
                **values,
            ),
        )
        return policy.id

    def answer(self, body: dict[str, Any], answer: str = 'continue') -> None:
        """What the application does with a message that it read."""
        token_hash = one_pass.chance().hash_token(
            body['lifecycle_action_token']
        )
        self.db.write(
            hook_rows.answer, body['hook_id'], token_hash, answer, None
        )

    # -- what an engine does

    def run(self, cluster_id: str) -> one_pass.Result | None:
        return self.passes.run(cluster_id)

    def settle(self, cluster_id: str, patience: float = 100) -> None:
        """Passes, with the clock moved to each look, until none is owed.

        A look that is more than `patience` seconds away is not waited for.
        """
        for _ in range(100):
            result = self.run(cluster_id)
            if result is None:
                return
            if result.is_due_again:
                continue
            if result.look_at is None:
                return
            wait = (result.look_at - self.clock()).total_seconds()
            if wait > patience:
                return
            self.clock.move(max(wait, 0.0) + 0.05)
        raise AssertionError('the cluster does not come to rest')

    # -- what a test looks at

    def cluster(self, cluster_id: str) -> clusters.Cluster:
        return self.db.read(cluster_rows.get, PROJECT, cluster_id)

    def action(self, action_id: str) -> actions.Action:
        return self.db.read(action_rows.get, PROJECT, action_id)

    def nodes(self, cluster_id: str, *statuses: str) -> list[Any]:
        filters: dict[str, Any] = {'cluster_id': cluster_id}
        if statuses:
            filters['status'] = list(statuses)
        found = self.db.read(
            node_rows.page,
            PROJECT,
            filters=filters,
            sort=[('index', 'asc')],
            limit=100000,
            marker=None,
        )
        return found

    def hooks(self, cluster_id: str) -> list[Any]:
        return self.db.read(
            hook_rows.page,
            PROJECT,
            filters={'cluster_id': cluster_id},
            sort=[('created_at', 'asc')],
            limit=100000,
            marker=None,
        )

    def events(self, cluster_id: str) -> list[str]:
        found = self.db.read(
            event_rows.page,
            PROJECT,
            filters={'cluster_id': cluster_id},
            sort=[('sequence', 'asc')],
            limit=1000,
            marker=None,
        )
        return [each.type for each in found]

    def lease(self, cluster_id: str) -> Any:
        return self.db.read(work_rows.get, cluster_id)


@contextlib.contextmanager
def open_house(
    directory: Any, make: type['House'] | None = None, **settings: Any
) -> Iterator[Any]:
    """A house whose database tells the time of `house.clock`."""
    holder: dict[str, House] = {}

    def strftime(form: str, when: str, moved: str) -> str:
        house = holder.get('house')
        now = house.clock() if house else datetime.datetime.now(datetime.UTC)
        now += datetime.timedelta(seconds=float(moved.split()[0]))
        return now.strftime('%Y-%m-%d %H:%M:%S.%f')[:-3]

    def replace(connection: Any, record: Any) -> None:
        connection.create_function('strftime', 3, strftime)

    event.listen(sa.pool.Pool, 'connect', replace)
    try:
        house = (make or House)(directory, **settings)
        holder['house'] = house
        yield house
        house.close()
    finally:
        event.remove(sa.pool.Pool, 'connect', replace)
