"""A table of moves, drawn: SVG as text, and nothing else.

The order of the states is the order of the column of boxes. Moves that go
down the column are drawn on its right, moves back on its left; an arrow has
the colour of the state that it leaves. It is apart from `states.py` so that a
test can draw without Sphinx.
"""

import collections
import dataclasses
import math
import textwrap
from collections.abc import Iterable
from collections.abc import Mapping
from collections.abc import Sequence
from collections.abc import Set
from xml.sax import saxutils

WIDE = 132  #: of a box
HIGH = 46
APART = 26  #: between two boxes
LANE = 15  #: how much further out an arrow swings for each row it passes
LEAST = 20  #: how far out the shortest arrow swings
TEXT = 46  #: letters in a line of a sentence
LETTER = 6.4  #: width of a letter of a sentence
MARGIN = 16

#: Readable on white and on black; taken in turn.
COLOURS = (
    '#3b7dd8',
    '#c2571a',
    '#2e8b57',
    '#a14bb8',
    '#b8860b',
    '#c23b5a',
    '#1f8a94',
    '#6b7280',
    '#5b5bd6',
)


@dataclasses.dataclass(frozen=True)
class Move:
    start: int  #: the row that it leaves
    end: int

    @property
    def is_forward(self) -> bool:
        return self.end > self.start

    @property
    def swing(self) -> float:
        """How far from the boxes the arrow goes."""
        return LEAST + LANE * (abs(self.end - self.start) - 1) * 1.5


def draw(
    states: Sequence[str],
    moves: Mapping[str, Set[str]],
    sentences: Mapping[str, str],
    *,
    title: str,
) -> str:
    """An <svg> of `moves`; the first of `states` is where things begin."""
    row = {state: number for number, state in enumerate(states)}
    found = [
        Move(row[state], row[other])
        for state in states
        for other in sorted(moves[state], key=row.__getitem__)
    ]
    left = _room(each for each in found if not each.is_forward)
    right = _room(each for each in found if each.is_forward)
    box_x = MARGIN + left
    text_x = box_x + WIDE + right + MARGIN
    width = math.ceil(text_x + TEXT * LETTER + MARGIN)
    height = MARGIN * 2 + len(states) * (HIGH + APART) - APART
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" class="states" role="img" '
        f'viewBox="0 0 {width} {height}" width="{width}" '
        f'font-family="sans-serif" font-size="12">',
        f'<title>{saxutils.escape(title)}</title>',
        _heads(),
    ]
    ends = _ends(found)
    parts += [_arrow(states, each, ends, box_x) for each in found]
    for number, state in enumerate(states):
        parts += _box(
            state,
            sentences.get(state, ''),
            number,
            box_x,
            text_x,
            is_first=number == 0,
            is_last=not moves[state],
        )
    return '\n'.join([*parts, '</svg>'])


def _room(moves: Iterable[Move]) -> float:
    """The width that the arrows of one side need."""
    return max((each.swing for each in moves), default=0)


def _top(number: int) -> float:
    return MARGIN + number * (HIGH + APART)


def _colour(number: int) -> str:
    return COLOURS[number % len(COLOURS)]


def _heads() -> str:
    """One arrow head a colour: SVG has no other way that all viewers know."""
    heads = [
        f'<marker id="head-{number}" viewBox="0 0 8 8" refX="7.5" refY="4" '
        f'markerWidth="7" markerHeight="7" orient="auto">'
        f'<path d="M0,0.5 L8,4 L0,7.5 Z" fill="{colour}"/></marker>'
        for number, colour in enumerate(COLOURS)
    ]
    return '<defs>' + ''.join(heads) + '</defs>'


def _ends(moves: Sequence[Move]) -> dict[tuple[Move, bool], float]:
    """Where on the side of its box each arrow begins (True) and ends.

    The ends at one side of a box are spread over its height, in an order
    that keeps the arrows from crossing beside it.
    """
    at_side = collections.defaultdict(list)
    for move in moves:
        at_side[(move.start, move.is_forward)].append((move, True))
        at_side[(move.end, move.is_forward)].append((move, False))
    places = {}
    for (number, _), ends in at_side.items():
        ends.sort(key=lambda end: _order(end, number))
        for place, end in enumerate(ends, start=1):
            places[end] = _top(number) + HIGH * place / (len(ends) + 1)
    return places


def _order(end: tuple[Move, bool], number: int) -> tuple[bool, int]:
    """Arrows to rows above come first, and the longer one further in."""
    move, is_start = end
    other = move.end if is_start else move.start
    return (other > number, -other)


def _arrow(
    states: Sequence[str],
    move: Move,
    ends: Mapping[tuple[Move, bool], float],
    box_x: float,
) -> str:
    x = box_x + WIDE if move.is_forward else box_x
    out = x + move.swing * 4 / 3 * (1 if move.is_forward else -1)
    y1, y2 = ends[(move, True)], ends[(move, False)]
    colour = move.start % len(COLOURS)
    start, end = states[move.start], states[move.end]
    return (
        f'<path class="move" data-from="{start}" data-to="{end}" '
        f'd="M{x:g},{y1:.1f} C{out:.1f},{y1:.1f} {out:.1f},{y2:.1f} '
        f'{x:g},{y2:.1f}" fill="none" stroke="{_colour(move.start)}" '
        f'stroke-width="1.5" marker-end="url(#head-{colour})">'
        f'<title>{start} to {end}</title></path>'
    )


def _box(
    state: str,
    sentence: str,
    number: int,
    x: float,
    text_x: float,
    *,
    is_first: bool,
    is_last: bool,
) -> list[str]:
    """The box of a state; an end has two borders, a beginning a thick one."""
    y = _top(number)
    colour = _colour(number)
    parts = [
        f'<rect class="state" data-state="{state}" x="{x:g}" y="{y:g}" '
        f'width="{WIDE}" height="{HIGH}" rx="6" fill="{colour}" '
        f'fill-opacity="0.12" stroke="{colour}" '
        f'stroke-width="{3 if is_first else 1.5}"/>'
    ]
    if is_last:
        parts.append(
            f'<rect x="{x + 3:g}" y="{y + 3:g}" width="{WIDE - 6}" '
            f'height="{HIGH - 6}" rx="4" fill="none" stroke="{colour}"/>'
        )
    parts.append(
        f'<text x="{x + WIDE / 2:g}" y="{y + HIGH / 2 + 4.5:g}" '
        f'text-anchor="middle" font-weight="bold" fill="currentColor">'
        f'{state}</text>'
    )
    lines = textwrap.wrap(sentence, TEXT)
    first = y + HIGH / 2 + 4 - (len(lines) - 1) * 7.5
    parts += [
        f'<text class="who" x="{text_x:.1f}" y="{first + 15 * line:.1f}" '
        f'fill="currentColor">{saxutils.escape(words)}</text>'
        for line, words in enumerate(lines)
    ]
    return parts
