"""What is the same for every noun: its rows are its model.

A noun's own file says what its functions are; each of them is a line that
leads here, or a statement of its own.
"""

import dataclasses
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any
from typing import Generic
from typing import TypeVar

import sqlalchemy as sa

from autoscale import exceptions
from autoscale.db import paging

M = TypeVar('M')


class Rows(Generic[M]):
    """One table, read and written as one frozen model.

    The statements are built once; what differs between two calls is bound.
    """

    def __init__(
        self,
        noun: str,
        table: sa.Table,
        model: type[M],
        *,
        is_named: bool = False,
        tie: str = 'id',
        listed: sa.ColumnElement[bool] | None = None,
    ) -> None:
        """`listed`: rows for which it is false are found by id only."""
        self.noun = noun
        self.table = table
        self.model = model
        self.tie = tie
        self.is_named = is_named
        self.listed = [] if listed is None else [listed]
        self.fields = [
            field.name
            for field in dataclasses.fields(model)  # type: ignore[arg-type]
        ]
        self.select = sa.select(*(table.c[name] for name in self.fields))
        self._insert = table.insert()
        self._in_project = table.c.project_id == sa.bindparam('project_id')
        self._by_id = self.select.where(table.c.id == sa.bindparam('ref'))
        if is_named:
            self._by_name = self.select.where(
                table.c.name == sa.bindparam('ref'), *self.listed
            )

    def of(self, row: Sequence[Any]) -> M:
        return self.model(**dict(zip(self.fields, row, strict=True)))

    def get(self, conn: sa.Connection, project_id: str | None, ref: str) -> M:
        """The one with this id or, of the named, this name.

        Raises NotFound and NameNotUnique. `project_id` None: any project's.
        """
        found = self._find(conn, self._by_id, project_id, ref)
        if not found and self.is_named:
            found = self._find(conn, self._by_name, project_id, ref)
        if not found:
            raise exceptions.NotFound(noun=self.noun, ref=ref)
        if len(found) > 1:
            raise exceptions.NameNotUnique(
                noun=self.noun, ref=ref, count=len(found)
            )
        return self.of(found[0])

    def page(
        self,
        conn: sa.Connection,
        project_id: str | None,
        *,
        filters: Mapping[str, Any],
        sort: Sequence[tuple[str, str]],
        limit: int,
        marker: str | None,
        everything: bool = False,
    ) -> list[M]:
        """One page; `everything` shows also what is found by id only."""
        visible = []
        if project_id is not None:
            visible.append(self.table.c.project_id == project_id)
        if not everything:
            visible += self.listed
        rows = paging.select(
            conn,
            self.select,
            self.table,
            tie=self.tie,
            visible=visible,
            filters=filters,
            sort=sort,
            limit=limit,
            marker=marker,
        )
        return [self.of(row) for row in rows]

    def create(self, conn: sa.Connection, model: M) -> M:
        """Insert it; the answer has the sequence that the database gave."""
        result = conn.execute(self._insert, self.values(model))
        if self.tie == 'sequence':
            (sequence,) = result.inserted_primary_key or (None,)
            model = dataclasses.replace(  # type: ignore[type-var]
                model, sequence=sequence
            )
        return model

    def create_all(self, conn: sa.Connection, models: Sequence[M]) -> None:
        """Insert them in one statement, in this order."""
        if models:
            conn.execute(self._insert, [self.values(each) for each in models])

    def change(
        self, conn: sa.Connection, row_id: str, values: Mapping[str, Any]
    ) -> None:
        """Raises NotFound when there is no such row."""
        changed = conn.execute(
            self.table.update()
            .where(self.table.c.id == row_id)
            .values(**values)
        )
        if not changed.rowcount:
            raise exceptions.NotFound(noun=self.noun, ref=row_id)

    def delete(self, conn: sa.Connection, row_id: str) -> None:
        """Nothing happens when there is no such row."""
        conn.execute(self.table.delete().where(self.table.c.id == row_id))

    def values(self, model: M) -> dict[str, Any]:
        """The columns to insert; a sequence is left to the database."""
        return {
            name: getattr(model, name)
            for name in self.fields
            if name != 'sequence'
        }

    def _find(
        self,
        conn: sa.Connection,
        statement: sa.Select[Any],
        project_id: str | None,
        ref: str,
    ) -> Sequence[sa.Row[Any]]:
        values = {'ref': ref}
        if project_id is not None:
            statement = statement.where(self._in_project)
            values['project_id'] = project_id
        return conn.execute(statement, values).all()
