from autoscale.model import defaults

SCHEMA = {
    'properties': {
        'size': {'type': 'integer', 'default': 1},
        'name': {'type': 'string'},
        'how': {
            'type': 'object',
            'default': {},
            'properties': {'fast': {'default': False}},
        },
        'steps': {
            'default': [],
            'items': {'properties': {'number': {'default': 2}}},
        },
    },
}


def test_what_was_left_out_is_filled_at_every_depth():
    assert defaults.filled(SCHEMA, {'steps': [{}, {'number': 5}]}) == {
        'size': 1,
        'how': {'fast': False},
        'steps': [{'number': 2}, {'number': 5}],
    }


def test_what_was_said_is_kept():
    value = {'size': 0, 'name': 'a', 'how': {'fast': True}, 'steps': []}
    assert defaults.filled(SCHEMA, value) == value


def test_a_property_without_a_default_stays_away():
    assert 'name' not in defaults.filled(SCHEMA, {})


def test_neither_the_value_nor_the_schema_is_changed():
    value = {'how': {}}
    first = defaults.filled(SCHEMA, value)
    first['steps'].append('more')
    assert value == {'how': {}}
    assert defaults.filled(SCHEMA, {})['steps'] == []
