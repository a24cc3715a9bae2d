"""One by id or name, and pages of many."""

from datetime import timedelta

import pytest

from autoscale import exceptions
from autoscale.db import action as actions
from autoscale.db import cluster as clusters
from autoscale.db import event as events
from autoscale.db import node as nodes
from autoscale.db import profile as profiles
from autoscale.model import node as model
from tests.functional.db import sample

_EVERYTHING = {'filters': {}, 'sort': [], 'limit': 100, 'marker': None}


def _create_all(database, module, rows):
    def create(conn):
        return [module.create(conn, row) for row in rows]

    return database.write(create)


def _page(database, module, project_id='p1', **given):
    return database.read(module.page, project_id, **{**_EVERYTHING, **given})


def test_an_id_and_a_unique_name_find_the_same(database):
    made = database.write(profiles.create, sample.profile(name='large'))
    assert database.read(profiles.get, 'p1', made.id) == made
    assert database.read(profiles.get, 'p1', 'large') == made


def test_an_id_wins_over_a_name(database):
    one = sample.profile()
    other = sample.profile(name=one.id)
    _create_all(database, profiles, [one, other])
    assert database.read(profiles.get, 'p1', one.id) == one


def test_a_name_of_two_has_to_be_an_id(database):
    _create_all(database, profiles, [sample.profile(), sample.profile()])
    with pytest.raises(exceptions.NameNotUnique, match='2 profiles'):
        database.read(profiles.get, 'p1', 'small')


def test_what_is_of_another_project_is_not_there(database):
    made = database.write(clusters.create, sample.cluster())
    for ref in (made.id, made.name):
        with pytest.raises(exceptions.NotFound, match='cluster'):
            database.read(clusters.get, 'p2', ref)
        assert database.read(clusters.get, None, ref) == made
    assert _page(database, clusters, 'p2') == []
    assert _page(database, clusters, None) == [made]


def test_a_node_that_is_gone_is_found_by_its_id_only(database):
    gone = database.write(
        nodes.create, sample.node(name='web-1', status=model.GONE)
    )
    assert database.read(nodes.get, 'p1', gone.id) == gone
    with pytest.raises(exceptions.NotFound):
        database.read(nodes.get, 'p1', 'web-1')
    here = database.write(nodes.create, sample.node(name='web-1'))
    assert database.read(nodes.get, 'p1', 'web-1') == here


def test_nodes_that_are_gone_are_listed_when_asked_for(database):
    gone, here = _create_all(
        database,
        nodes,
        [sample.node(status=model.GONE), sample.node(status=model.ACTIVE)],
    )
    assert _page(database, nodes) == [here]
    by_status = {'status': [model.GONE, model.ACTIVE]}
    assert len(_page(database, nodes, filters=by_status)) == 2
    assert _page(database, nodes, filters={'status': model.GONE}) == [gone]


def test_many_nodes_are_created_at_once(database):
    made = [sample.node(cluster_id='c', index=each) for each in range(3)]
    database.write(nodes.create_all, made)
    database.write(nodes.create_all, [])
    assert _page(database, nodes, sort=[('index', 'asc')]) == made


def test_filters_take_a_value_or_several_or_none(database):
    a, b, c = _create_all(
        database,
        nodes,
        [
            sample.node(zone='a', index=1),
            sample.node(zone='b', index=2),
            sample.node(zone=None, index=3),
        ],
    )
    by_index = [('index', 'asc')]
    for wanted, found in (
        ('a', [a]),
        (['a', 'b'], [a, b]),
        (None, [c]),
        ([], []),
    ):
        page = _page(database, nodes, filters={'zone': wanted}, sort=by_index)
        assert page == found


@pytest.mark.parametrize('direction', ['asc', 'desc'])
@pytest.mark.parametrize('limit', [1, 2, 3, 7])
@pytest.mark.parametrize(
    'keys',
    [
        [],
        ['name'],
        ['zone'],
        ['zone', 'name'],
        ['zone', '-name'],
        ['created_at', '-zone', 'status'],
        ['left_at', 'zone'],
        ['-id'],
    ],
    ids=' '.join,
)
def test_pages_join_to_the_whole(database, keys, limit, direction):
    """Whatever the order, with ties and with rows that have no value."""
    made = []
    for number in range(16):
        made.append(
            sample.node(
                index=number,
                name='ab'[number % 2],
                zone=[None, 'x', 'y'][number % 3],
                created_at=sample.THEN + timedelta(seconds=number // 5),
                left_at=None if number % 4 else sample.THEN,
            )
        )
    database.write(nodes.create_all, made)
    other = {'asc': 'desc', 'desc': 'asc'}
    sort = [
        (key[1:], other[direction])
        if key.startswith('-')
        else (key, direction)
        for key in keys
    ]
    whole = _page(database, nodes, sort=sort)
    assert len(whole) == 16
    joined, marker = [], None
    while page := _page(
        database, nodes, sort=sort, limit=limit, marker=marker
    ):
        assert len(page) <= limit
        joined += page
        marker = page[-1].id
    assert joined == whole


def test_rows_without_a_value_count_as_the_largest(database):
    none, some = _create_all(
        database,
        nodes,
        [sample.node(zone=None, index=1), sample.node(zone='z', index=2)],
    )
    assert _page(database, nodes, sort=[('zone', 'asc')]) == [some, none]
    assert _page(database, nodes, sort=[('zone', 'desc')]) == [none, some]


def test_a_page_goes_on_where_rows_went_meanwhile(database):
    made = [sample.node(index=each) for each in range(5)]
    database.write(nodes.create_all, made)
    sort = [('index', 'asc')]
    page = _page(database, nodes, sort=sort, limit=2)
    database.write(nodes.delete, made[0].id)
    following = _page(database, nodes, sort=sort, limit=2, marker=page[-1].id)
    assert following == made[2:4]


@pytest.mark.parametrize(
    'asked',
    [
        {'marker': 'nothing'},
        {'sort': [('colour', 'asc')]},
        {'sort': [('metadata', 'asc')]},
        {'sort': [('name', 'sideways')]},
        {'filters': {'colour': 'red'}},
    ],
    ids=str,
)
def test_a_page_that_cannot_be_is_an_invalid_query(database, asked):
    with pytest.raises(exceptions.InvalidQuery):
        _page(database, nodes, **asked)


def test_another_projects_marker_is_unknown(database):
    theirs = database.write(profiles.create, sample.profile(project_id='p2'))
    with pytest.raises(exceptions.InvalidQuery, match='marker'):
        _page(database, profiles, marker=theirs.id)


def test_actions_keep_the_order_of_arrival(database):
    made = _create_all(database, actions, [sample.action() for _ in range(5)])
    sequences = [each.sequence for each in made]
    assert sequences == sorted(set(sequences))
    assert _page(database, actions) == made
    backwards = _page(database, actions, sort=[('sequence', 'desc')])
    assert backwards == made[::-1]


def test_events_are_recorded_in_order_and_filtered(database):
    about = {'cluster_id': 'c1', 'node_id': 'n1', 'action_id': 'a1'}
    said = [
        sample.event(message='one', **about),
        sample.event(message='two', level='error', type='other'),
        sample.event(message='three', project_id='p2'),
    ]
    database.write(events.record, said)
    database.write(events.record, [])
    assert [each.message for each in _page(database, events, None)] == [
        'one',
        'two',
        'three',
    ]
    for name, value, found in (
        ('cluster_id', 'c1', ['one']),
        ('node_id', 'n1', ['one']),
        ('action_id', 'a1', ['one']),
        ('level', ['error'], ['two']),
        ('type', 'test', ['one']),
    ):
        page = _page(database, events, filters={name: value})
        assert [each.message for each in page] == found
    alone = database.write(events.create, sample.event())
    assert database.read(events.get, 'p1', alone.id) == alone


def test_a_change_changes_what_it_names(database):
    made = database.write(clusters.create, sample.cluster())
    then = database.now()
    database.write(
        clusters.change, made.id, name='new', metadata={}, updated_at=then
    )
    found = database.read(clusters.get, 'p1', made.id)
    assert (found.name, found.metadata) == ('new', {})
    assert abs((found.updated_at - then).total_seconds()) < 1e-6
    assert found.min_size == made.min_size


def test_nothing_is_there_to_change(database):
    for module in (clusters, nodes, profiles, actions):
        with pytest.raises(exceptions.NotFound):
            database.write(module.change, 'nothing', project_id='p9')


def test_an_action_is_cancelled_unless_it_was_begun(database):
    queued, running = _create_all(
        database, actions, [sample.action(), sample.action(status='RUNNING')]
    )
    assert database.write(actions.cancel, queued.id) is True
    assert database.write(actions.cancel, queued.id) is False
    assert database.write(actions.cancel, running.id) is False
    assert database.write(actions.cancel, 'nothing') is False
    ended = database.read(actions.get, 'p1', queued.id)
    assert ended.status == 'CANCELLED'
    assert ended.ended_at is not None
    assert database.read(actions.get, 'p1', running.id) == running
