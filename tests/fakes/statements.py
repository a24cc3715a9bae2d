"""What databases are asked, written down."""

import contextlib
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa


@contextlib.contextmanager
def noted() -> Iterator[list[str]]:
    """The statements that any connection is given meanwhile."""
    said: list[str] = []

    def note(conn: Any, cursor: Any, statement: str, *rest: Any) -> None:
        said.append(statement)

    sa.event.listen(sa.Engine, 'before_cursor_execute', note)
    try:
        yield said
    finally:
        sa.event.remove(sa.Engine, 'before_cursor_execute', note)
