"""Which servers are asked to go now."""

from autoscale.engine import steps
from autoscale.engine.planning import draft as drafts
from autoscale.model import node as nodes


def remove(draft: drafts.Draft) -> None:
    """Ask Nova to delete, again until it says 404; or let servers go."""
    for node in draft.of_status(nodes.DELETING):
        if node.server_id is None and node.launch_id is None:
            draft.move(node, nodes.GONE, left_at=draft.now, action_id=None)
    leaving = [
        each
        for each in draft.of_status(nodes.DELETING, nodes.ERROR)
        if each.server_id is not None
        and (each.look_at is None or each.look_at <= draft.now)
    ]
    doomed = _servers([each for each in leaving if not each.keep_server])
    kept = _servers([each for each in leaving if each.keep_server])
    if doomed:
        draft.steps.append(
            steps.Delete(
                servers=doomed,
                never_active=_never_active(leaving),
                patience=draft.settings.launch_patience,
            )
        )
    if kept:
        draft.steps.append(
            steps.Release(cluster_id=draft.cluster.id, servers=kept)
        )


def _never_active(leaving: list[nodes.Node]) -> frozenset[str]:
    """Who was in ERROR has a host, or will get none."""
    return frozenset(
        each.id
        for each in leaving
        if each.status == nodes.DELETING and each.active_at is None
    )


def _servers(leaving: list[nodes.Node]) -> tuple[tuple[str, str], ...]:
    return tuple(
        (each.id, each.server_id)
        for each in leaving
        if each.server_id is not None
    )
