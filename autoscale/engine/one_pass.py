"""One pass over one cluster: claim, gather, plan, commit, perform, release.

A pass never waits for the world, may be interrupted between any two lines,
and does no harm if it runs twice. The time of a pass is the database's, read
when the lease was claimed.
"""

import dataclasses
import hashlib
import itertools
import logging
import random
import secrets
import threading
import time
import uuid
from datetime import datetime
from datetime import timedelta
from typing import Any
from typing import Protocol

from autoscale import context as contexts
from autoscale import exceptions
from autoscale import plugins
from autoscale.db import commit
from autoscale.db import database
from autoscale.db import event as event_rows
from autoscale.db import work as work_rows
from autoscale.engine import asking
from autoscale.engine import gather
from autoscale.engine import notices
from autoscale.engine import perform
from autoscale.engine.planning import backoff
from autoscale.engine.planning import draft as drafts
from autoscale.engine.planning import plan as planning
from autoscale.metrics import measures
from autoscale.model import action as actions
from autoscale.model import event as events
from autoscale.model import facts as facts_module
from autoscale.model import work as works

LOG = logging.getLogger(__name__)

#: Seconds before a pass that failed is tried again, doubling to the limit.
FIRST_RETRY = 1.0
RETRY_LIMIT = 60.0


def chance() -> drafts.Chance:
    """Real ids, real secrets, real luck."""
    return drafts.Chance(
        new_id=lambda: str(uuid.uuid4()),
        new_token=lambda: secrets.token_urlsafe(32),
        hash_token=lambda token: hashlib.sha256(token.encode()).hexdigest(),
        random=random.Random(),
    )


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Result:
    """When to look again, by the database's clock."""

    project_id: str
    now: datetime
    look_at: datetime | None
    is_due_again: bool  #: somebody asked for more during the pass


class Notifier(Protocol):
    """What we want of the bus; `rpc.notifier` has it."""

    @property
    def is_on(self) -> bool: ...

    def tell(
        self,
        event_type: str,
        payload: dict[str, Any],
        *,
        request_id: str | None = None,
        is_error: bool = False,
    ) -> None:
        """Send it soon; never blocks, never raises."""


class Passes:
    """Runs passes; each cluster is in the hands of at most one."""

    def __init__(
        self,
        db: database.Database,
        gatherer: gather.Gatherer,
        performer: perform.Performer,
        *,
        engine_id: str,
        lease_seconds: float,
        notifier: Notifier | None = None,
    ) -> None:
        self._db = db
        self._gatherer = gatherer
        self._performer = performer
        self._engine_id = engine_id
        self._lease_seconds = lease_seconds
        self._notifier = notifier
        self._numbers = itertools.count(1)
        self._chance = chance()
        self._policy_types = plugins.load(plugins.POLICIES)
        self._held: dict[str, tuple[str, float]] = {}
        self._held_guard = threading.Lock()

    def run(self, cluster_id: str) -> Result | None:
        """One pass; None: another engine has the cluster, or it is gone."""
        owner = f'{self._engine_id}/{next(self._numbers)}'
        started = time.monotonic()
        work = self._db.write(
            work_rows.claim, cluster_id, owner, self._lease_seconds
        )
        if work is None:
            measures.pass_ended('not_claimed', time.monotonic() - started)
            return None
        # Not from before the claim, which may have waited for the database:
        # what is due by then would be taken for due now.
        claimed = time.monotonic()
        measures.claimed(work.lateness(), is_taken_over=work.is_taken_over)
        if work.is_taken_over:
            LOG.warning(
                'cluster %s: taken over, the lease ran out', cluster_id
            )
        with self._held_guard:
            self._held[cluster_id] = (owner, started)
        try:
            result, ended = self._guarded(work, owner, claimed)
            measures.pass_ended(ended, time.monotonic() - started)
            return result
        finally:
            with self._held_guard:
                self._held.pop(cluster_id, None)

    def renew_leases(self) -> int:
        """Renew what was held for long; answers how many. For a keeper."""
        patience = self._lease_seconds / 3
        with self._held_guard:
            old = [
                (cluster_id, owner)
                for cluster_id, (owner, since) in self._held.items()
                if time.monotonic() - since > patience
            ]
        for cluster_id, owner in old:
            if not self._db.write(
                work_rows.renew, cluster_id, owner, self._lease_seconds
            ):
                LOG.warning('cluster %s: the lease is lost', cluster_id)
        return len(old)

    def _guarded(
        self, work: works.Work, owner: str, claimed: float
    ) -> tuple[Result | None, str]:
        """The pass, and in a word what became of it."""
        try:
            return self._tried(work, owner, claimed)
        except exceptions.LeaseLost:
            LOG.warning(
                'cluster %s: another engine took over', work.cluster_id
            )
            return None, 'lease_lost'
        except exceptions.Unavailable:
            # Without the database nothing can be said or released; the
            # lease runs out, and the row is still due.
            LOG.warning('cluster %s: the database went away', work.cluster_id)
            return None, 'database_away'

    def _tried(
        self, work: works.Work, owner: str, claimed: float
    ) -> tuple[Result | None, str]:
        """The pass; one that did not come to its end is put off.

        Raises LeaseLost, and Unavailable without the database.
        """
        try:
            return self._pass(work, owner, claimed), 'done'
        except (exceptions.LeaseLost, exceptions.Unavailable):
            raise
        except exceptions.PassIsStale as stale:
            LOG.debug('%s', stale)
            look_at, failures, ended = work.now, 0, 'stale'
        except Exception as error:  # the edge of a pass
            LOG.exception('cluster %s: the pass failed', work.cluster_id)
            failures, ended = work.failures + 1, 'failed'
            look_at = work.now + timedelta(
                seconds=backoff.delay(failures, FIRST_RETRY, RETRY_LIMIT)
            )
            if failures == 1:
                self._tell(work, error)
        is_due = self._db.write(
            work_rows.release,
            work.cluster_id,
            owner,
            look_at,
            work.version,
            failures,
        )
        return self._result(work, claimed, look_at, is_due), ended

    def _result(
        self,
        work: works.Work,
        claimed: float,
        look_at: datetime | None,
        is_due: bool,
    ) -> Result:
        return Result(
            project_id=work.project_id,
            now=_moved(work.now, claimed),
            look_at=look_at,
            is_due_again=is_due,
        )

    def _pass(
        self, work: works.Work, owner: str, claimed: float
    ) -> Result | None:
        """The pass, and the cluster given back; None when it is gone."""
        facts = self._gatherer.gather(work.cluster_id, work.now)
        if facts is None:
            self._db.write(work_rows.delete, work.cluster_id)
            return None
        before = facts
        now = _moved(work.now, claimed)
        plan = planning.plan(facts, now, self._chance, self._policy_types)
        if plan.steps and not plan.changes.forget_cluster:
            self._commit(facts, plan, owner, now)
            outcomes = self._performer.perform(plan.after, plan.steps)
            now = _moved(work.now, claimed)
            before = plan.after
            plan = planning.absorb(before, outcomes, now, self._chance)
        look_at = _no_later(plan.look_at, facts, now)
        is_due = self._db.write(
            commit.finish,
            plan.changes,
            owner=owner,
            look_at=look_at,
            version=work.version,
            now=now,
        )
        if not plan.changes.is_empty():
            self._announce(before, plan)
        return self._result(work, claimed, look_at, is_due)

    def _commit(
        self,
        before: facts_module.Facts,
        plan: planning.Plan,
        owner: str,
        now: datetime,
    ) -> None:
        if plan.changes.is_empty():
            return
        self._db.write(
            commit.commit,
            plan.changes,
            owner=owner,
            lease_seconds=self._lease_seconds,
            now=now,
        )
        self._announce(before, plan)

    def _announce(
        self, before: facts_module.Facts, plan: planning.Plan
    ) -> None:
        """Say what was committed: to the log, the figures and the bus."""
        by_id = {each.id: each for each in plan.after.actions}
        for event in plan.changes.events:
            action = by_id.get(event.action_id or '')
            with contexts.on_behalf_of(asking.of(action)):
                _log(event)
        for action_id, change in plan.changes.actions.items():
            status = change.values.get('status', change.status)
            if status not in actions.OPEN:
                measures.action_ended(by_id[action_id].kind, status)
        if self._notifier is None or not self._notifier.is_on:
            return
        try:
            told = notices.of(before, plan.changes, plan.after)
        except Exception:  # what is committed is not undone by telling it
            LOG.exception('cluster %s: not notified', before.cluster.id)
            measures.notification_dropped()
            return
        for notice in told:
            self._notifier.tell(
                notice.event_type,
                notice.payload,
                request_id=notice.request_id,
                is_error=notice.is_error(),
            )

    def _tell(self, work: works.Work, error: Exception) -> None:
        """Leave a trace that the owner can read; no traceback in it."""
        event = events.Event(
            sequence=None,
            id=self._chance.new_id(),
            project_id=work.project_id,
            cluster_id=work.cluster_id,
            node_id=None,
            action_id=None,
            level=events.ERROR,
            type='engine.pass_failed',
            message='the engine failed on this cluster and tries again: '
            f'{type(error).__name__}',
            details={},
            created_at=work.now,
        )
        self._db.write(event_rows.record, [event])


def _no_later(
    look_at: datetime | None, facts: facts_module.Facts, now: datetime
) -> datetime | None:
    """When to look again, also at what fell due while the pass ran.

    It lay ahead when the facts were gathered, so its rows are not among
    them, and it is past by now: nobody else would look at it.
    """
    missed = [
        each
        for each in (
            facts.next_deadline,
            facts.next_delete_at,
            facts.next_attempt_at,
        )
        if each is not None and each <= now
    ]
    if look_at is not None:
        missed.append(look_at)
    return min(missed, default=None)


def _log(event: events.Event) -> None:
    if event.action_id is None:
        LOG.info('cluster %s: %s', event.cluster_id, event.message)
        return
    LOG.info(
        'cluster %s: action %s: %s',
        event.cluster_id,
        event.action_id,
        event.message,
    )


def _moved(now: datetime, claimed: float) -> datetime:
    """The database's time now, from its time when the claim was made.

    It may be a little behind, and is never ahead.
    """
    return now + timedelta(seconds=time.monotonic() - claimed)
