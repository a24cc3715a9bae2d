"""stevedore: from a namespace to its plug-ins; only this file knows of it.

A plug-in is an entry point; its name is what users type. A plug-in that
cannot be imported is an error at start, by name, and not a type that is
silently missing.
"""

import functools
from typing import Any

from stevedore import extension

from autoscale import exceptions

POLICIES = 'autoscale.policies'
HOOKS = 'autoscale.hooks'
PROFILES = 'autoscale.profiles'
ALARMS = 'autoscale.alarms'

_KINDS = {
    POLICIES: 'policy',
    HOOKS: 'hook',
    PROFILES: 'profile',
    ALARMS: 'alarm',
}


@functools.cache
def load(namespace: str) -> dict[str, Any]:
    """Every plug-in of `namespace`: its name to its class."""

    def broken(
        manager: object, entry_point: Any, error: BaseException
    ) -> None:
        raise exceptions.PlugInBroken(
            name=entry_point.name, namespace=namespace, why=error
        )

    found: Any = extension.ExtensionManager(
        namespace, on_load_failure_callback=broken
    )
    return {each.name: each.plugin for each in found}


def get(namespace: str, name: str) -> Any:
    """The plug-in of that name; UnknownPlugin says which there are."""
    known = load(namespace)
    if name not in known:
        raise exceptions.UnknownPlugin(
            kind=_KINDS.get(namespace, namespace),
            name=name,
            known=', '.join(sorted(known)),
        )
    return known[name]
