"""What is said of a value that does not fit, and that it is said shortly."""

import pytest

from autoscale import exceptions
from autoscale.api.schemas import fields
from autoscale.api.schemas import shape

SHAPE = shape.Shape(
    'Thing',
    fields.of(
        {
            'name': fields.NAME,
            'count': fields.COUNT,
            'size': {'type': 'number', 'exclusiveMinimum': 0},
            'kind': {'type': 'string', 'enum': ['a', 'b']},
            'nodes': {
                'type': 'array',
                'items': fields.of({'id': {'type': 'string'}}, 'id'),
                'minItems': 1,
                'maxItems': 2,
                'uniqueItems': True,
            },
            'either': {
                'oneOf': [
                    {'enum': ['auto']},
                    {'type': 'array', 'items': {'type': 'integer'}},
                ]
            },
            'metadata': fields.METADATA,
        }
    ),
)


@pytest.mark.parametrize(
    'value, field, reason',
    [
        (None, 'body', 'must be an object'),
        ([], 'body', 'must be an object'),
        ({'name': ''}, 'name', 'must not be empty'),
        ({'name': 'a\0'}, 'name', 'must have no control characters'),
        ({'name': 'n' * 256}, 'name', 'must have at most 255 characters'),
        ({'name': 7}, 'name', 'must be a text'),
        ({'count': 0}, 'count', 'must be at least 1'),
        ({'count': 10**9}, 'count', 'must be at most 100000'),
        ({'count': 1.0}, 'count', 'must be a whole number'),
        ({'count': True}, 'count', 'must be a whole number'),
        ({'size': 0}, 'size', 'must be more than 0'),
        ({'kind': 'c'}, 'kind', 'must be one of a, b'),
        ({'nodes': []}, 'nodes', 'must have at least 1 items'),
        ({'nodes': [{}]}, 'nodes[0].id', 'is required'),
        (
            {'nodes': [{'id': 'a'}, {'id': 7}]},
            'nodes[1].id',
            'must be a text',
        ),
        (
            {'nodes': [{'id': 'a'}, {'id': 'a'}]},
            'nodes',
            'must not name anything twice',
        ),
        ({'metadata': {'a': None}}, 'metadata.a', 'must be a text'),
        (
            {'either': 7},
            'either',
            'has none of the forms that are allowed',
        ),
        ({'either': [1, 'a']}, 'either[1]', 'must be a whole number'),
    ],
)
def test_the_field_is_named_and_the_reason_is_ours(value, field, reason):
    with pytest.raises(exceptions.InvalidField) as caught:
        SHAPE.check(value)
    assert caught.value.facts == {'field': field, 'reason': reason}


def test_an_unknown_field_comes_before_all_else():
    with pytest.raises(exceptions.UnknownField) as caught:
        SHAPE.check({'name': '', 'nmae': 'a'}, at='thing')
    assert str(caught.value) == (
        "Unknown field 'thing.nmae'; allowed here: count, either, kind, "
        'metadata, name, nodes, size.'
    )


def test_what_was_sent_is_never_repeated_at_length():
    with pytest.raises(exceptions.UnknownField) as caught:
        SHAPE.check({'x\n' * 50_000: 1})
    assert len(str(caught.value)) < 250
    assert '\n' not in str(caught.value)


def test_what_fits_is_let_through():
    SHAPE.check({'name': 'a', 'count': 1, 'nodes': [{'id': 'a'}]})
    SHAPE.check({'either': 'auto', 'metadata': {'a': 'b'}, 'size': 0.5})


def test_a_path_is_written_as_people_write_it():
    assert shape.path_of(['a', 0, 'b']) == 'a[0].b'
    assert shape.path_of(['b'], at='spec') == 'spec.b'
    assert shape.path_of([]) == ''
