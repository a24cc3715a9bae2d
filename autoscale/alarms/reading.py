"""How a field of a stranger's body is read: odd is None, never an error."""

import math
from collections.abc import Mapping
from typing import Any

_LONGEST = 1024  # characters
_MOST = 64  # labels


def text(value: object, longest: int = _LONGEST) -> str | None:
    """`value` if it is a text with something in it, cut to `longest`.

    What cannot be printed becomes a blank: a database may not take it.
    """
    if not isinstance(value, str):
        return None
    clean = ''.join(
        each if each.isprintable() else ' ' for each in value[:longest]
    )
    return clean.strip() or None


def name(value: object) -> str | None:
    """A text or a whole number that names something."""
    if isinstance(value, int) and not isinstance(value, bool):
        # A longer number than this names nothing, and may not be printable.
        return str(value) if abs(value) < 10**18 else None
    return text(value, 255)


def number(value: object) -> float | None:
    """A finite number, also one that is spelt as a text."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        found = float(value)
    except (ValueError, OverflowError):
        return None
    return found if math.isfinite(found) else None


def mapping(value: object) -> Mapping[str, Any]:
    """`value` if it is an object, else an empty one."""
    return value if isinstance(value, Mapping) else {}


def objects(value: object) -> list[Mapping[str, Any]]:
    """The objects of a list; whatever else is in it is left out."""
    if not isinstance(value, list):
        return []
    return [each for each in value if isinstance(each, Mapping)]


def labels(value: object) -> dict[str, str]:
    """An object of short texts, and no more of them than a person reads."""
    found = {}
    for key, each in list(mapping(value).items())[:_MOST]:
        known, told = text(key, 255), name(each)
        if known is not None and told is not None:
            found[known] = told
    return found
