"""Answers and heartbeats: one swap each, the first answer wins."""

from datetime import timedelta

import pytest

from autoscale import exceptions
from autoscale.db import hook as hooks
from autoscale.db import work
from autoscale.model import hook as model
from tests.functional.db import sample

_RIGHT = sample.TOKEN_HASH
_WRONG = '6' * 64


@pytest.fixture
def make(database, cluster):
    """Create a hook of the cluster, relative to the database's time."""

    def create(*, deadline_in=3600, age=0, **given):
        now = database.now()
        made = sample.hook(
            now,
            cluster_id=cluster.id,
            deadline=now + timedelta(seconds=deadline_in),
            **{'created_at': now - timedelta(seconds=age), **given},
        )
        return database.write(hooks.create, made)

    return create


def _seconds_left(database, hook):
    return (hook.deadline - database.now()).total_seconds()


@pytest.mark.parametrize('status', model.OPEN)
@pytest.mark.parametrize(
    ('answer', 'ended'),
    [
        (model.CONTINUE, model.COMPLETED),
        (model.ABANDON, model.ABANDONED),
    ],
)
def test_an_answer_is_kept_and_wakes_the_cluster(
    database, cluster, make, status, answer, ended
):
    made = make(status=status, next_attempt_at=sample.THEN)
    before = database.read(work.get, cluster.id)
    hook = database.write(hooks.answer, made.id, _RIGHT, answer, 'done')
    assert (hook.status, hook.answer, hook.reason) == (ended, answer, 'done')
    assert hook.token is None
    assert hook.next_attempt_at is None
    assert abs((hook.ended_at - database.now()).total_seconds()) < 60
    assert database.read(hooks.get, 'p1', made.id) == hook
    after = database.read(work.get, cluster.id)
    assert after.version == before.version + 1


def test_the_same_answer_again_is_the_same_hook(database, cluster, make):
    made = make()
    first = database.write(
        hooks.answer, made.id, _RIGHT, model.CONTINUE, 'one'
    )
    version = database.read(work.get, cluster.id).version
    again = database.write(
        hooks.answer, made.id, _RIGHT, model.CONTINUE, 'two'
    )
    assert again == first
    assert database.read(work.get, cluster.id).version == version


def test_another_answer_is_too_late(database, make):
    made = make()
    database.write(hooks.answer, made.id, _RIGHT, model.ABANDON, None)
    with pytest.raises(exceptions.HookAlreadyAnswered, match='abandon'):
        database.write(hooks.answer, made.id, _RIGHT, model.CONTINUE, None)
    with pytest.raises(exceptions.HookAlreadyAnswered, match='abandon'):
        database.write(hooks.heartbeat, made.id, _RIGHT, None)


@pytest.mark.parametrize(
    ('given', 'reason'),
    [
        ({'deadline_in': -1}, 'nobody answered before 20'),
        ({'status': model.TIMED_OUT}, 'nobody answered before 20'),
        ({'status': model.RESCINDED}, 'the removal was taken back'),
    ],
    ids=str,
)
def test_a_hook_that_is_over_says_why(database, make, given, reason):
    made = make(**given)
    with pytest.raises(exceptions.HookExpired, match=reason):
        database.write(hooks.answer, made.id, _RIGHT, model.CONTINUE, None)
    with pytest.raises(exceptions.HookExpired, match=reason):
        database.write(hooks.heartbeat, made.id, _RIGHT, None)
    assert database.read(hooks.get, None, made.id) == made


def test_a_late_answer_wakes_nobody(database, cluster, make):
    made = make(deadline_in=-1)
    before = database.read(work.get, cluster.id)
    with pytest.raises(exceptions.HookExpired):
        database.write(hooks.answer, made.id, _RIGHT, model.CONTINUE, None)
    assert database.read(work.get, cluster.id).version == before.version


def test_some_are_answered_at_once(database, cluster, make):
    first, second, late = make(), make(), make(deadline_in=-1)
    before = database.read(work.get, cluster.id)
    asked = [
        (first.id, _RIGHT, model.CONTINUE, 'one'),
        (second.id, _RIGHT, model.ABANDON, None),
        (first.id, _RIGHT, model.CONTINUE, 'again'),
        (second.id, _RIGHT, model.CONTINUE, None),
        (late.id, _RIGHT, model.CONTINUE, None),
        (first.id, _WRONG, model.CONTINUE, None),
        ('nothing', _RIGHT, model.CONTINUE, None),
    ]
    said = database.write(
        hooks.answer_all, [hooks.Answering(*each) for each in asked]
    )
    kept = [
        database.read(hooks.get, 'p1', each.id) for each in (first, second)
    ]
    assert said[:3] == [*kept, kept[0]]
    assert [(each.status, each.reason) for each in kept] == [
        (model.COMPLETED, 'one'),
        (model.ABANDONED, None),
    ]
    assert [type(each) for each in said[3:]] == [
        exceptions.HookAlreadyAnswered,
        exceptions.HookExpired,
        exceptions.CapabilityNotFound,
        exceptions.CapabilityNotFound,
    ]
    after = database.read(work.get, cluster.id)
    assert after.version == before.version + 1


def test_one_that_changes_meanwhile_is_answered_by_itself(database, make):
    """Another process answers between what is read and what is written."""
    first, second = make(), make()

    def answer_all(conn, asked):
        real = hooks._found

        def found_before(conn, ids):
            found = real(conn, ids)
            hooks.change(
                conn, second.id, status=model.ABANDONED, answer=model.ABANDON
            )
            return found

        with pytest.MonkeyPatch.context() as patch:
            if is_first.pop():
                patch.setattr(hooks, '_found', found_before)
            return hooks.answer_all(conn, asked)

    asked = [
        hooks.Answering(each.id, _RIGHT, model.CONTINUE, None)
        for each in (first, second)
    ]
    is_first = [True]
    with pytest.raises(hooks.Stale):
        database.write(answer_all, asked)
    assert database.read(hooks.get, 'p1', first.id) == first
    is_first = [True]
    (said,) = database.write(answer_all, asked[1:])
    assert isinstance(said, exceptions.HookAlreadyAnswered)


def test_an_unknown_hook_and_a_wrong_token_are_alike(database, cluster, make):
    made = make()
    asked = []
    for hook_id, token_hash in ((made.id, _WRONG), ('nothing', _RIGHT)):
        for function, rest in (
            (hooks.answer, (model.CONTINUE, None)),
            (hooks.heartbeat, (None,)),
        ):
            with pytest.raises(exceptions.CapabilityNotFound) as caught:
                database.write(function, hook_id, token_hash, *rest)
            asked.append(str(caught.value))
    assert len(set(asked)) == 1


def test_a_hook_is_found_by_its_token_in_its_cluster_only(
    database, cluster, make
):
    made = make(token_hash='7' * 64)
    found = database.read(hooks.by_token, 'p1', cluster.id, '7' * 64)
    assert found == made
    for project, cluster_id, token in (
        ('p2', cluster.id, '7' * 64),
        ('p1', 'other', '7' * 64),
        ('p1', cluster.id, _WRONG),
    ):
        with pytest.raises(exceptions.CapabilityNotFound):
            database.read(hooks.by_token, project, cluster_id, token)


def test_the_first_of_many_answers_wins(database, make, in_threads):
    made = make()

    def answer(number):
        word = (model.CONTINUE, model.ABANDON)[number % 2]
        try:
            hook = database.write(
                hooks.answer, made.id, _RIGHT, word, str(number)
            )
        except exceptions.HookAlreadyAnswered:
            return None
        return hook.answer, hook.reason

    heard = set(in_threads(answer)) - {None}
    kept = database.read(hooks.get, None, made.id)
    assert heard == {(kept.answer, kept.reason)}


@pytest.mark.parametrize(
    ('given', 'extend', 'left'),
    [
        ({'deadline_in': 10}, None, 3600),
        ({'deadline_in': 10}, 100, 100),
        ({'deadline_in': 500}, 100, 500),  # never backwards
        ({'deadline_in': 10, 'age': 7000}, None, 200),  # the ceiling
        ({'deadline_in': 300, 'age': 7000}, None, 300),  # beyond it already
    ],
    ids=str,
)
def test_a_heartbeat_moves_the_deadline(
    database, cluster, make, given, extend, left
):
    made = make(**given)
    version = database.read(work.get, cluster.id).version
    hook = database.write(hooks.heartbeat, made.id, _RIGHT, extend)
    assert _seconds_left(database, hook) == pytest.approx(left, abs=5)
    assert hook.heartbeat_at is not None
    assert hook.status == made.status
    assert database.read(work.get, cluster.id).version == version + 1


def test_many_hooks_are_created_at_once(database):
    now = sample.THEN
    made = [sample.hook(now, id=f'h{each}') for each in range(3)]
    database.write(hooks.create_all, made)
    page = database.read(
        hooks.page,
        'p1',
        filters={'status': model.SENT},
        sort=[('id', 'asc')],
        limit=9,
    )
    assert page == made
