"""Questions about the shape of a body, asked before it is used.

Every service refuses with the same 400 here; its words differ only where
clients read them.
"""

from typing import Any

from autoscale.devcloud import exchange


def an_object(value: Any, what: str) -> dict[str, Any]:
    """The value, if it is an object; None counts as an empty one."""
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise _wrong(what, value, 'an object')
    return value


def a_list(value: Any, what: str) -> list[Any]:
    """The value, if it is a list; None counts as an empty one."""
    if value is None:
        return []
    if not isinstance(value, list):
        raise _wrong(what, value, 'a list')
    return value


def texts(value: Any, what: str) -> list[str]:
    """The value, if it is a list of text; None counts as an empty one."""
    found = a_list(value, what)
    if not all(isinstance(each, str) for each in found):
        raise _wrong(what, value, 'a list of text')
    return found


def text(value: Any, what: str) -> str:
    """The value, if it is text."""
    if not isinstance(value, str):
        raise _wrong(what, value, 'text')
    return value


def text_or_none(value: Any, what: str) -> str | None:
    """The value, if it is text or not there."""
    return None if value is None else text(value, what)


def _wrong(what: str, value: Any, wanted: str) -> exchange.Refused:
    return exchange.Refused(
        400,
        f'Invalid input for field/attribute {what}. Value: {value}. '
        f'It is not {wanted}.',
    )
