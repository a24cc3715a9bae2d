"""Rows of figures: how they are made of samples, and how they are printed."""

import dataclasses
import math
import statistics
from collections.abc import Sequence
from typing import Any

_HEADS = ('figure', 'median', 'p95', 'p99', 'target', 'unit')


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """One figure; p95 and p99 where many samples were taken."""

    figure: str
    median: float
    unit: str
    target: str = ''
    p95: float | None = None
    p99: float | None = None

    def show(self) -> dict[str, Any]:
        """As JSON has it."""
        return dataclasses.asdict(self)


def row(
    figure: str, samples: Sequence[float], unit: str, target: str = ''
) -> Row:
    """The row of a figure of which so many samples were taken."""
    return Row(
        figure=figure,
        median=statistics.median(samples),
        p95=percentile(samples, 95) if len(samples) >= 20 else None,
        p99=percentile(samples, 99) if len(samples) >= 100 else None,
        unit=unit,
        target=target,
    )


def named(name: str, of: Row) -> Row:
    """The row, with whose figure it is before it."""
    return dataclasses.replace(of, figure=f'{name}: {of.figure}')


def percentile(samples: Sequence[float], percent: float) -> float:
    """The smallest sample that `percent` of 100 do not pass."""
    ordered = sorted(samples)
    return ordered[max(0, math.ceil(percent / 100 * len(ordered)) - 1)]


def line(each: Row) -> str:
    """One row by itself, for who waits for the table."""
    return '  '.join(filter(None, _cells(each)))


def lines(rows: Sequence[Row]) -> list[str]:
    """The table, for a person."""
    cells = [_HEADS, *(_cells(each) for each in rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return [
        '  '.join(
            cell.rjust(width) if 0 < number < 4 else cell.ljust(width)
            for number, (cell, width) in enumerate(
                zip(line, widths, strict=True)
            )
        ).rstrip()
        for line in cells
    ]


def _cells(each: Row) -> tuple[str, ...]:
    return (
        each.figure,
        _number(each.median),
        _number(each.p95),
        _number(each.p99),
        each.target,
        each.unit,
    )


def _number(value: float | None) -> str:
    """Three digits that matter, and no more than two after the point."""
    if value is None:
        return ''
    if abs(value) >= 100 or value == int(value):
        return f'{value:,.0f}'
    return f'{value:.1f}' if abs(value) >= 10 else f'{value:.2f}'
