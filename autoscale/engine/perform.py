"""Do the steps: all I/O of a pass that changes anything, after its commit.

Every call has a time limit and is safe to repeat; what came of it is told as
outcomes and never raised. Calls of one pass run side by side in a bounded
pool that all passes share, each cluster in its turn.
"""

import functools
import logging
from collections.abc import Callable
from concurrent import futures
from typing import Any

from autoscale import context as contexts
from autoscale import exceptions
from autoscale.engine import asking
from autoscale.engine import doors
from autoscale.engine import steps
from autoscale.engine import turns
from autoscale.engine.planning import delivery
from autoscale.metrics import measures
from autoscale.model import cluster as clusters
from autoscale.model import facts
from autoscale.model import hook as hooks
from autoscale.model import message as messages

LOG = logging.getLogger(__name__)


Call = Callable[[], list[steps.Outcome]]


class Performer:
    def __init__(self, cloud: doors.Doors, threads: int) -> None:
        self._doors = cloud
        self._turns = turns.Turns(threads, 'perform')

    def stop(self, *, wait: bool = True) -> None:
        """Take no more; with `wait`, let running calls end first."""
        self._turns.stop(wait=wait)

    def perform(
        self, after: facts.Facts, todo: tuple[steps.Step, ...]
    ) -> list[steps.Outcome]:
        """Do all of `todo`, side by side; an outcome for each part.

        `after` are the facts of the plan that wants it.
        """
        askers = asking.Asking(after)
        jobs: list[futures.Future[list[steps.Outcome]]] = []
        for step in todo:
            for asker, call in self._calls(after.cluster, step, askers):
                one = functools.partial(_for, asker, call)
                jobs.append(self._turns.submit(after.cluster.id, one))
        return [outcome for job in jobs for outcome in job.result()]

    def _calls(
        self, cluster: clusters.Cluster, step: steps.Step, of: asking.Asking
    ) -> list[tuple[contexts.Asker, Call]]:
        """The calls of a step, and for whom each is made."""
        if isinstance(step, steps.Launch):
            asker = of.for_nodes(step.node_ids)
            return [(asker, lambda: [self._launch(cluster, step)])]
        if isinstance(step, steps.SendHooks):
            by_type: dict[str, list[hooks.Hook]] = {}
            for hook in step.hooks:
                by_type.setdefault(hook.type, []).append(hook)
            return [
                (
                    of.for_hooks(part),
                    _sender(self, cluster, step, type_, part),
                )
                for type_, part in by_type.items()
            ]
        one = self._delete if isinstance(step, steps.Delete) else self._release
        return [
            (
                of.for_nodes([node_id]),
                _remover(one, cluster, step, node_id, server_id),
            )
            for node_id, server_id in step.servers
        ]

    def _launch(
        self, cluster: clusters.Cluster, step: steps.Launch
    ) -> steps.Outcome:
        def call() -> str:
            nova = self._doors.nova(cluster)
            request = self._doors.launch_request(step.profile, nova)
            nova.create_servers(
                request,
                name=step.name,
                count=step.count,
                zone=step.zone,
                tags=[
                    steps.TAG,
                    steps.cluster_tag(step.cluster_id),
                    steps.launch_tag(step.launch_id),
                ],
                metadata=_metadata(cluster, step),
            )
            LOG.info(
                'cluster %s: asked for %d servers, launch %s',
                cluster.id,
                step.count,
                step.launch_id,
            )
            return steps.DONE

        outcome = _outcome(step, step.launch_id, call)
        if outcome.kind == exceptions.RequestIsWrong.kind:
            self._doors.forget_request(step.profile)
        return outcome

    def _delete(
        self, cluster: clusters.Cluster, step: Any, node_id: str, server: str
    ) -> steps.Outcome:
        def call() -> str:
            nova = self._doors.nova(cluster)
            if node_id in step.never_active and nova.is_being_placed(
                server, within=step.patience
            ):
                return steps.NOT_YET
            return steps.DONE if nova.delete_server(server) else steps.GONE

        return _outcome(step, node_id, call)

    def _release(
        self, cluster: clusters.Cluster, step: Any, node_id: str, server: str
    ) -> steps.Outcome:
        def call() -> str:
            self._doors.nova(cluster).untag_server(server, steps.TAG)
            return steps.DONE

        return _outcome(step, node_id, call)

    def _send(
        self,
        cluster: clusters.Cluster,
        step: steps.SendHooks,
        type_: str,
        part: list[hooks.Hook],
    ) -> list[steps.Outcome]:
        letters = [
            messages.Message(
                hook_id=hook.id,
                params=hook.params,
                body=delivery.message(hook),
                ttl=hook.timeout,
            )
            for hook in part
        ]
        try:
            transport = self._doors.transport(type_, cluster)
            sent = transport.send(letters)
        except exceptions.AutoscaleError as error:
            measures.hook_messages(type_, delivered=0, failed=len(part))
            return [
                steps.Outcome(
                    step=step,
                    subject=hook.id,
                    result=steps.FAILED,
                    reason=str(error),
                )
                for hook in part
            ]
        delivered = sum(each.delivered for each in sent)
        measures.hook_messages(
            type_, delivered=delivered, failed=len(sent) - delivered
        )
        return [
            steps.Outcome(
                step=step,
                subject=each.hook_id,
                result=steps.DONE if each.delivered else steps.FAILED,
                reason=each.error,
            )
            for each in sent
        ]


def _for(asker: contexts.Asker, call: Call) -> list[steps.Outcome]:
    with contexts.on_behalf_of(asker):
        return call()


def _sender(
    performer: Performer,
    cluster: clusters.Cluster,
    step: steps.SendHooks,
    type_: str,
    part: list[hooks.Hook],
) -> Call:
    return lambda: performer._send(cluster, step, type_, part)


def _remover(
    one: Callable[..., steps.Outcome],
    cluster: clusters.Cluster,
    step: steps.Step,
    node_id: str,
    server_id: str,
) -> Call:
    return lambda: [one(cluster, step, node_id, server_id)]


def _metadata(cluster: clusters.Cluster, step: steps.Launch) -> dict[str, str]:
    """Server metadata; `metering.server_group` is what Gnocchi groups by."""
    return {
        'autoscale_cluster_id': cluster.id,
        'autoscale_launch_id': step.launch_id,
        'metering.server_group': cluster.id,
    }


def _outcome(
    step: steps.Step, subject: str, call: Callable[[], str]
) -> steps.Outcome:
    """What came of one call; 404 is GONE, everything else has its class."""
    try:
        return steps.Outcome(step=step, subject=subject, result=call())
    except exceptions.GoneFromCloud as error:
        if not isinstance(step, steps.Launch):
            return steps.Outcome(step=step, subject=subject, result=steps.GONE)
        return _failed(step, subject, error)
    except exceptions.CloudError as error:
        return _failed(step, subject, error)
    except exceptions.AutoscaleError as error:
        return steps.Outcome(
            step=step,
            subject=subject,
            result=steps.FAILED,
            kind=exceptions.RequestIsWrong.kind,
            reason=str(error),
        )


def _failed(
    step: steps.Step, subject: str, error: exceptions.CloudError
) -> steps.Outcome:
    LOG.warning('%s failed: %s', type(step).__name__, error)
    return steps.Outcome(
        step=step,
        subject=subject,
        result=steps.FAILED,
        kind=error.kind,
        reason=error.reason,
        retry_after=error.retry_after,
        happened=error.happened,
    )
