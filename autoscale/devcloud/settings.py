"""How the cloud behaves when nothing goes wrong: pace, quotas, delays.

Frozen: a change makes new settings, so a request sees one set throughout.
"""

import dataclasses
from collections.abc import Mapping
from typing import Any

#: Nova's word for no limit.
UNLIMITED = -1


class InvalidSetting(ValueError):
    """A setting that does not exist, or a value that it cannot have."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Settings:
    #: from the create call to ACTIVE: drawn between the two
    build_seconds: tuple[float, float] = (0.4, 1.2)
    #: from the create call until its servers have hosts; not ACTIVE sooner
    placing_seconds: float = 0.0
    #: servers of all projects become ACTIVE no faster; 0 is no limit
    builds_per_second: float = 0.0
    #: from the delete call until the server is gone
    delete_seconds: float = 0.3
    #: per project; -1 is no limit
    instances: int = UNLIMITED
    cores: int = UNLIMITED
    ram: int = UNLIMITED  #: MiB
    #: every answer of every service waits as long
    response_delay_seconds: float = 0.0
    #: how long a token lives
    token_seconds: float = 3600.0
    #: messages in one post; 0 is no limit, as in Zaqar itself
    messages_per_post: int = 0
    #: more entries of the catalogue: service type to URL
    endpoints: Mapping[str, str] = dataclasses.field(default_factory=dict)

    def changed(self, changes: Any) -> 'Settings':
        """New settings, or InvalidSetting with a reason."""
        if not isinstance(changes, Mapping):
            raise InvalidSetting('settings must be an object')
        checked: dict[str, Any] = {}
        for name, value in changes.items():
            check = _CHECKS.get(name)
            if check is None:
                known = ', '.join(sorted(_CHECKS))
                raise InvalidSetting(
                    f'there is no setting {name!r}; there are: {known}'
                )
            checked[name] = check(name, value)
        return dataclasses.replace(self, **checked)

    def show(self) -> dict[str, Any]:
        """All settings as JSON knows them."""
        shown = dataclasses.asdict(self)
        shown['build_seconds'] = list(self.build_seconds)
        shown['endpoints'] = dict(self.endpoints)
        return shown


def _seconds(name: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InvalidSetting(f'{name} must be a number, not {value!r}')
    if not 0 <= value < float('inf'):
        raise InvalidSetting(f'{name} must not be negative, and end')
    return float(value)


def _span(name: str, value: Any) -> tuple[float, float]:
    if isinstance(value, list | tuple):
        if len(value) != 2:
            raise InvalidSetting(f'{name} must be a number or [least, most]')
        least, most = (_seconds(name, part) for part in value)
        if least > most:
            raise InvalidSetting(f'{name} must be [least, most]')
        return least, most
    same = _seconds(name, value)
    return same, same


def _whole(name: str, value: Any, least: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise InvalidSetting(f'{name} must be a whole number, not {value!r}')
    if value < least:
        raise InvalidSetting(f'{name} must be {least} or more')
    return value


def _quota(name: str, value: Any) -> int:
    return _whole(name, value, UNLIMITED)


def _count(name: str, value: Any) -> int:
    return _whole(name, value, 0)


def _urls(name: str, value: Any) -> dict[str, str]:
    if not isinstance(value, Mapping) or not all(
        isinstance(kind, str) and isinstance(url, str)
        for kind, url in value.items()
    ):
        raise InvalidSetting(f'{name} must map service types to URLs')
    return dict(value)


_CHECKS = {
    'build_seconds': _span,
    'builds_per_second': _seconds,
    'cores': _quota,
    'delete_seconds': _seconds,
    'endpoints': _urls,
    'instances': _quota,
    'messages_per_post': _count,
    'placing_seconds': _seconds,
    'ram': _quota,
    'response_delay_seconds': _seconds,
    'token_seconds': _seconds,
}
