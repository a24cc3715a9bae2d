"""How many servers a project may still have, and Nova's words for no."""

from autoscale.devcloud import exchange
from autoscale.devcloud import settings
from autoscale.devcloud.compute import flavor as flavors
from autoscale.devcloud.compute import fleet as fleets


def allowed(
    usage: fleets.Usage,
    flavor: flavors.Flavor,
    limits: settings.Settings,
    *,
    least: int,
    most: int,
) -> int:
    """As many of `most` as there is room for; refused below `least`."""
    needs = {'instances': 1, 'cores': flavor.vcpus, 'ram': flavor.ram}
    room = most
    over = []
    for name, need in needs.items():
        limit = getattr(limits, name)
        if limit == settings.UNLIMITED:
            continue
        fits = max(0, limit - getattr(usage, name)) // need
        room = min(room, fits)
        if fits < least:
            over.append(name)
    if not over:
        return room

    def join(numbers: list[int]) -> str:
        return ', '.join(str(number) for number in numbers)

    raise exchange.Refused(
        403,
        f'Quota exceeded for {", ".join(over)}: Requested '
        f'{join([least * needs[name] for name in over])}, but already used '
        f'{join([getattr(usage, name) for name in over])} of '
        f'{join([getattr(limits, name) for name in over])} {", ".join(over)}',
    )


def limits(
    usage: fleets.Usage, current: settings.Settings
) -> dict[str, object]:
    """The answer of /limits."""
    absolute = {
        'maxTotalInstances': current.instances,
        'maxTotalCores': current.cores,
        'maxTotalRAMSize': current.ram,
        'totalInstancesUsed': usage.instances,
        'totalCoresUsed': usage.cores,
        'totalRAMUsed': usage.ram,
        'maxServerMeta': 128,
        'maxTotalKeypairs': 100,
        'maxServerGroups': 10,
        'maxServerGroupMembers': 10,
        'totalServerGroupsUsed': 0,
    }
    return {'limits': {'rate': [], 'absolute': absolute}}
