"""For whom a step is done: the request id that goes along with its calls.

A call that serves one action goes as the request that asked for it. One that
serves several, or that the engine makes of its own accord, gets an id of its
own, which the log tells with the actions.
"""

import logging
from collections.abc import Iterable

from autoscale import context as contexts
from autoscale.model import action as actions
from autoscale.model import facts
from autoscale.model import hook as hooks

LOG = logging.getLogger(__name__)


def of(action: actions.Action | None) -> contexts.Asker | None:
    """Who asked for the action; None if nobody did by a request."""
    if action is None or action.request_id is None:
        return None
    return contexts.Asker(
        request_id=action.request_id,
        global_request_id=action.cause.get('global_request_id'),
        user_id=action.user_id,
        project_id=action.project_id,
    )


class Asking:
    """For whom the steps of one pass are done."""

    def __init__(self, after: facts.Facts) -> None:
        self._cluster = after.cluster
        self._actions = {each.id: each for each in after.actions}
        self._nodes = {each.id: each.action_id for each in after.nodes}
        self._own: contexts.Asker | None = None

    def for_nodes(self, node_ids: Iterable[str]) -> contexts.Asker:
        return self._asker(self._nodes.get(each) for each in node_ids)

    def for_hooks(self, told: Iterable[hooks.Hook]) -> contexts.Asker:
        return self._asker(each.action_id for each in told)

    def _asker(self, action_ids: Iterable[str | None]) -> contexts.Asker:
        served = set(action_ids)
        if len(served) == 1:
            one = of(self._actions.get(served.pop() or ''))
            if one is not None:
                return one
        return self._ours(sorted(filter(None, served)))

    def _ours(self, action_ids: list[str]) -> contexts.Asker:
        """One for all of the pass that is not for one action."""
        if self._own is None:
            self._own = contexts.Asker(
                request_id=contexts.fresh_id(),
                user_id=self._cluster.user_id,
                project_id=self._cluster.project_id,
            )
        if action_ids:
            LOG.info(
                'cluster %s: actions %s go on as %s',
                self._cluster.id,
                ', '.join(action_ids),
                self._own.request_id,
            )
        return self._own
