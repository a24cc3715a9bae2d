"""One run: a scenario in a universe, in which an engine may be killed."""

import contextlib
import dataclasses
import pathlib
import shutil
from collections.abc import Iterator

from tests.fakes import listener as listeners
from tests.functional.standalone.process import eventually
from tests.kills import checks
from tests.kills import points
from tests.kills import scenarios
from tests.kills import universe as universes
from tests.kills.story import Story

#: Rounds of a keeper that are tried: the third is like the second.
_ROUNDS = 2

#: Seconds that the engine has, when all is over, to come to rest.
_REST = 2.0

#: How often the engine that dies looks at the cloud, in seconds; 0 is never.
_WATCHES, _QUIET = (
    {'engine': {'watch_interval': each, 'sweep_interval': each}}
    for each in (0.3, 0)
)

#: Of a log, what is shown: its last lines.
_SHOWN = 25


@dataclasses.dataclass
class Result:
    scenario: scenarios.Scenario
    aim: points.Aim | None
    #: what the mortal engine met, in its order
    met: list[points.Point] = dataclasses.field(default_factory=list)
    is_killed: bool = False
    #: seconds from the kill until another had the cluster in hand; None:
    #: it was in nobody's hand
    takeover: float | None = None
    outcome: list[tuple[str, str]] = dataclasses.field(default_factory=list)
    violations: list[str] = dataclasses.field(default_factory=list)
    #: the ends of the logs, when something is wrong
    logs: str = ''


def run(
    universe: universes.Universe,
    scenario: scenarios.Scenario,
    aim: points.Aim | None,
    place: pathlib.Path,
) -> Result:
    """Play it, and see what came of it. `place` is gone if all is well."""
    place.mkdir(parents=True)
    result = Result(scenario, aim)
    log, trace = universe.survivor.log, universe.survivors_trace
    log_size, trace_size = (each.stat().st_size for each in (log, trace))
    story = Story(universe)
    try:
        _play(universe, scenario, story, result, place)
        result.violations += checks.violations(scenario, story)
        result.outcome = checks.outcome(story)
    except Exception as error:
        result.violations.append(f'{type(error).__name__}: {error}')
    _read_traces(result, story.cluster, place, trace, trace_size)
    if result.violations:
        result.logs = '\n'.join(
            f'-- the end of the log of {who}\n{_end_of(path, offset)}'
            for who, path, offset in (
                ('the one that was killed', place / 'mortal.log', 0),
                ('the survivor', log, log_size),
            )
        )
    else:
        shutil.rmtree(place)
    return result


def _play(
    universe: universes.Universe,
    scenario: scenarios.Scenario,
    story: Story,
    result: Result,
    place: pathlib.Path,
) -> None:
    options = _WATCHES if scenario.watches else _QUIET
    with _listening(scenario, story) as listener:
        universe.clear()
        if scenario.before is not None:
            _prepare(scenario, story, scenarios.params(story, listener))
        with universe.mortal(
            place, story.cluster or None, result.aim, options
        ) as engine:
            scenario.play(story)
            if engine.is_alive():
                # What it does when all is over is a point like any other.
                with contextlib.suppress(AssertionError):
                    eventually(
                        lambda: (
                            not engine.is_alive()
                            or universe.is_at_rest(story.cluster)
                        ),
                        'rest',
                        _REST,
                    )


@contextlib.contextmanager
def _listening(
    scenario: scenarios.Scenario, story: Story
) -> Iterator[listeners.Listener | None]:
    if not scenario.listens:
        yield None
        return
    with listeners.listening() as listener:
        story.listen(listener)
        yield listener


def _prepare(
    scenario: scenarios.Scenario, story: Story, where: dict[str, str]
) -> None:
    """The cluster as it is before the story begins."""
    universe = story.universe
    assert scenario.before is not None
    story.make(
        scenario.before,
        min_size=min(scenario.least, scenario.before),
        max_size=max(scenario.most, scenario.before),
    )
    story.await_ends()
    if scenario.policy is not None:
        spec = {**scenario.policy}
        spec['hooks'] = {**spec['hooks'], 'params': where}
        policy = universe.policy('deletion', **spec)
        assert universe.attach(story.cluster, policy).status_code == 201


def _read_traces(
    result: Result,
    cluster: str,
    place: pathlib.Path,
    survivors: pathlib.Path,
    offset: int,
) -> None:
    """What the engines themselves have noted."""
    met = universes.trace(place / 'mortal.trace')
    result.met = [
        points.Point(each['name'], each['number'])
        for each in met
        if each['moment'] == points.BEFORE
        and (each['name'].startswith('pass') or each['number'] <= _ROUNDS)
    ]
    ends = [each for each in met if each['is_end']]
    result.is_killed = bool(ends)
    if not ends or not _has_in_hand(met, cluster):
        return
    died = ends[0]['time']
    claims = [
        each['time']
        for each in universes.trace(survivors, offset)
        if _is_claim(each, cluster) and each['time'] > died
    ]
    if claims:
        result.takeover = claims[0] - died


def _is_claim(met: dict[str, object], cluster: str) -> bool:
    return (
        str(met['name']).endswith('db.work.claim')
        and met.get('about') == cluster
        and bool(met.get('is_won'))
    )


def _has_in_hand(met: list[dict[str, object]], cluster: str) -> bool:
    """Whether it died with the lease."""
    has = False
    for each in met:
        if _is_claim(each, cluster):
            has = True
        elif (
            str(each['name']).endswith(('db.work.release', 'db.commit.finish'))
            and each.get('about') == cluster
        ):
            has = False
    return has


def _end_of(path: pathlib.Path, offset: int) -> str:
    if not path.exists():
        return '(there is none)'
    text = path.read_bytes()[offset:].decode(errors='replace')
    return '\n'.join(text.splitlines()[-_SHOWN:])
