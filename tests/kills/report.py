"""What is said at the end."""

import statistics

from tests.kills import run as runs
from tests.kills import work
from tests.kills.universe import DUE
from tests.kills.universe import LEASE


def tell(done: work.Done) -> int:
    """Print it; the exit status."""
    print(f'{"scenario":28}{"points":>8}{"kills":>8}{"wrong":>8}')
    for scenario in done.scenarios:
        _line(
            scenario.name,
            len(done.points[scenario.name]),
            [each for each in done.results if each.scenario is scenario],
        )
    count = sum(len(each) for each in done.points.values())
    _line('all', count, done.results)
    print()
    _takeovers(done)
    print(f'{done.seconds:.0f} s in all')
    for each in done.missed:
        print(f'not met: {each.scenario.name}, {each.aim}')
    wrong = [each for each in done.results if each.violations]
    for each in wrong:
        print()
        print(f'{each.scenario.name}, {each.aim or "nobody killed"}:')
        for violation in each.violations:
            print(f'  {violation}')
        print(each.logs)
    kills = sum(each.is_killed for each in done.results)
    print()
    print(f'{kills} kills at {count} points: {len(wrong)} violations')
    if done.left is None or done.left > len(done.missed):
        print('not all kills that were to be made were tried')
        return 1
    return 1 if wrong else 0


def _line(name: str, points: int, results: list[runs.Result]) -> None:
    kills = sum(each.is_killed for each in results)
    wrong = sum(bool(each.violations) for each in results)
    print(f'{name:28}{points:8}{kills:8}{wrong:8}')


def _takeovers(done: work.Done) -> None:
    """How long a cluster was in the hand of a dead engine."""
    took = [
        each.takeover for each in done.results if each.takeover is not None
    ]
    if not took:
        return
    late = sum(each > LEASE + DUE for each in took)
    print(
        f'{len(took)} died with the cluster in hand; takeover after '
        f'{statistics.median(took):.2f} s (median), {max(took):.2f} s (most); '
        f'lease {LEASE} s, look {DUE} s, later than both: {late}'
    )
