"""Making servers: how many there is room for, and when each will be ready."""

import random
import secrets
import string
import uuid
from collections.abc import Callable

from autoscale.devcloud import exchange
from autoscale.devcloud import faults
from autoscale.devcloud import settings
from autoscale.devcloud.compute import fleet as fleets
from autoscale.devcloud.compute import order as orders
from autoscale.devcloud.compute import quota
from autoscale.devcloud.compute import server as servers

_LETTERS = string.ascii_lowercase + string.digits


class Creation:
    """Turns orders into servers that become ready at their own moment."""

    def __init__(
        self,
        fleet: fleets.Fleet,
        *,
        current_settings: Callable[[], settings.Settings],
        rng: random.Random,
    ):
        self._fleet = fleet
        self._settings = current_settings
        self._rng = rng
        #: when the last server that was promised becomes ready
        self._last_built_at = 0.0

    def make(
        self,
        order: orders.Order,
        caller: exchange.Caller,
        fault: faults.Rule | None,
    ) -> list[servers.Server]:
        """The new servers, at least one; refused when there is no room."""
        assert caller.project_id is not None
        now = self._fleet.sweep()
        number = quota.allowed(
            self._fleet.usage(caller.project_id),
            order.flavor,
            self._settings(),
            least=order.least,
            most=order.most,
        )
        reservation_id = 'r-' + ''.join(
            secrets.choice(_LETTERS) for _ in range(8)
        )
        texts = _struck(fault, number)
        first = self._fleet.next_number()
        placed_at = now + self._settings().placing_seconds
        made = [
            servers.Server(
                id=str(uuid.uuid4()),
                number=first + index,
                name=_name(order.name, index, number),
                project_id=caller.project_id,
                user_id=caller.user_id,
                flavor_id=order.flavor.id,
                image_id=order.image_id,
                created_at=now,
                placed_at=placed_at,
                built_at=max(placed_at, self.built_at(now)),
                changed_at=now,
                reservation_id=reservation_id,
                launch_index=index,
                tags=list(order.tags),
                metadata=dict(order.metadata),
                has_network=order.network is not None,
                network=order.network or '',
                key_name=order.key_name,
                zone=order.zone,
                description=order.description,
                hostname=_hostname(order, index, number),
                user_data=order.user_data,
                config_drive=order.config_drive,
                security_groups=order.security_groups,
                group_id=order.group_id,
                fault=texts[index],
            )
            for index in range(number)
        ]
        self._fleet.add(made)
        return made

    def built_at(self, now: float) -> float:
        """When a server asked for now is ready, in turn if turns are set."""
        current = self._settings()
        moment = now + self._rng.uniform(*current.build_seconds)
        if current.builds_per_second:
            turn = self._last_built_at + 1 / current.builds_per_second
            self._last_built_at = moment = max(moment, turn)
        return moment


def _struck(fault: faults.Rule | None, number: int) -> list[str | None]:
    """For each server of the call, the error it will end in, or None."""
    if fault is None:
        return [None] * number
    left = number if fault.count is None else fault.count
    texts: list[str | None] = []
    for _ in range(number):
        is_hit = left > 0 and fault.strikes()
        left -= is_hit
        texts.append(fault.fault_text() if is_hit else None)
    return texts


def _name(name: str, index: int, number: int) -> str:
    return name if number == 1 else f'{name}-{index + 1}'


def _hostname(order: orders.Order, index: int, number: int) -> str:
    name = order.hostname or order.name
    plain = ''.join(sign if sign.isalnum() else '-' for sign in name)
    return _name(plain.strip('-').lower()[:60] or 'server', index, number)
