"""The picture of the states in the documentation is the table of moves."""

import importlib.util
import pathlib
import types
from xml.etree import ElementTree

import pytest

from autoscale.model import action
from autoscale.model import hook
from autoscale.model import node

ROOT = pathlib.Path(__file__).resolve().parents[2]
SVG = '{http://www.w3.org/2000/svg}'


def load(path: pathlib.Path) -> types.ModuleType:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope='module')
def drawing() -> types.ModuleType:
    return load(ROOT / 'doc' / 'extensions' / 'drawing.py')


@pytest.fixture(params=[node, action, hook], ids=['node', 'action', 'hook'])
def noun(request: pytest.FixtureRequest) -> types.ModuleType:
    return request.param


@pytest.fixture
def picture(drawing, noun) -> ElementTree.Element:
    return ElementTree.fromstring(
        drawing.draw(
            noun.STATUSES, noun.MOVES, noun.WHO_MOVES_IT_ON, title='Moves'
        )
    )


def boxes(picture: ElementTree.Element) -> dict[str, tuple[float, float]]:
    """The upper and the lower edge of the box of each state."""
    return {
        each.attrib['data-state']: (
            float(each.attrib['y']),
            float(each.attrib['y']) + float(each.attrib['height']),
        )
        for each in picture.iter(f'{SVG}rect')
        if each.get('class') == 'state'
    }


def arrows(picture: ElementTree.Element) -> list[ElementTree.Element]:
    return [
        each
        for each in picture.iter(f'{SVG}path')
        if each.get('class') == 'move'
    ]


def test_every_move_is_one_arrow(picture, noun) -> None:
    drawn = [
        (each.attrib['data-from'], each.attrib['data-to'])
        for each in arrows(picture)
    ]
    moves = [(state, to) for state, out in noun.MOVES.items() for to in out]
    assert sorted(drawn) == sorted(moves)


def test_every_state_is_one_box_in_the_order_of_the_table(
    picture, noun
) -> None:
    drawn = boxes(picture)
    assert tuple(drawn) == noun.STATUSES
    edges = [edge for box in drawn.values() for edge in box]
    assert edges == sorted(edges), 'two boxes overlap'


def test_an_arrow_touches_the_boxes_that_it_joins(picture) -> None:
    drawn = boxes(picture)
    for each in arrows(picture):
        points = each.attrib['d'].replace('M', '').replace('C', '').split()
        start, end = (float(p.split(',')[1]) for p in (points[0], points[-1]))
        upper, lower = drawn[each.attrib['data-from']]
        assert upper < start < lower
        upper, lower = drawn[each.attrib['data-to']]
        assert upper < end < lower


def test_the_whole_sentence_of_each_state_is_beside_it(picture, noun) -> None:
    words = ' '.join(
        each.text or ''
        for each in picture.iter(f'{SVG}text')
        if each.get('class') == 'who'
    )
    assert words == ' '.join(noun.WHO_MOVES_IT_ON[s] for s in noun.STATUSES)


def test_all_that_is_drawn_is_on_the_sheet(picture) -> None:
    width, height = map(float, picture.attrib['viewBox'].split()[2:])
    for each in arrows(picture):
        numbers = each.attrib['d'].replace('M', '').replace('C', '')
        points = [tuple(map(float, p.split(','))) for p in numbers.split()]
        # A curve with both of its handles at the same distance reaches three
        # quarters of the way to them.
        near, far = points[0][0], points[1][0]
        assert 0 <= near + (far - near) * 3 / 4 <= width
        assert all(0 <= y <= height for _, y in points)
