"""Which members a request names: by id, name, server id or address."""

from autoscale import exceptions
from autoscale.engine.planning import draft as drafts
from autoscale.model import action as actions
from autoscale.model import node as nodes

_ON_ITS_WAY = (nodes.DRAINING, nodes.DELETING)


def resolve(draft: drafts.Draft, action: actions.Action) -> list[nodes.Node]:
    """The members named; Refused says which reference is wrong, and why."""
    found: dict[str, nodes.Node] = {}
    for ref in action.inputs.get('nodes', ()):
        matches = _matches(draft, str(ref))
        if not matches:
            raise exceptions.Refused(
                reason=f"'{ref}' is not a member of "
                f"'{draft.cluster.name}': no id, name, server id or "
                'address of a member is that'
            )
        if len(matches) > 1:
            raise exceptions.Refused(
                reason=f"'{ref}' names {len(matches)} members: use an id"
            )
        node = matches[0]
        is_forced = bool(action.inputs.get('force'))
        ends_a_drain = is_forced and node.status == nodes.DRAINING
        if node.status in _ON_ITS_WAY and not ends_a_drain:
            raise exceptions.Refused(
                reason=f"'{ref}' is leaving already ({node.status})"
            )
        found[node.id] = node
    return list(found.values())


def _matches(draft: drafts.Draft, ref: str) -> list[nodes.Node]:
    members = [
        each for each in draft.nodes.values() if each.status != nodes.GONE
    ]
    exact = [each for each in members if ref in (each.id, each.server_id)]
    if exact:
        return exact
    named = [each for each in members if each.name == ref]
    if named:
        return named
    ids = draft.facts.named.get(ref, ())
    return [
        draft.nodes[each]
        for each in ids
        if each in draft.nodes and draft.nodes[each].status != nodes.GONE
    ]
