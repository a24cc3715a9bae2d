"""What a revision takes away from the versions that came before it.

They go on serving while a newer version's revisions are applied, so a
revision may add and may not take away: see doc/source/admin/upgrading.rst.
"""

import dataclasses
from typing import Any

import sqlalchemy as sa


@dataclasses.dataclass(frozen=True)
class Column:
    type: str
    nullable: bool
    has_default: bool


@dataclasses.dataclass(frozen=True)
class Table:
    columns: dict[str, Column]
    #: what no two rows may have the same: the primary key is one
    unique: frozenset[tuple[str, ...]]
    #: what refers to other tables, or refuses values
    checks: frozenset[str]


Schema = dict[str, Table]


def schema(conn: sa.Connection) -> Schema:
    """The tables that are there."""
    looked_into = sa.inspect(conn)
    return {
        name: _table(looked_into, name)
        for name in looked_into.get_table_names()
    }


def _table(looked_into: Any, name: str) -> Table:
    unique = {
        tuple(each['column_names'])
        for each in (
            *looked_into.get_unique_constraints(name),
            *(e for e in looked_into.get_indexes(name) if e['unique']),
        )
    }
    unique.add(
        tuple(looked_into.get_pk_constraint(name)['constrained_columns'])
    )
    return Table(
        columns={
            each['name']: Column(
                type=str(each['type']),
                nullable=each['nullable'],
                has_default=each['default'] is not None
                or bool(each.get('computed')),
            )
            for each in looked_into.get_columns(name)
        },
        unique=frozenset(unique),
        checks=frozenset(
            [
                *(
                    e['sqltext']
                    for e in looked_into.get_check_constraints(name)
                ),
                *(str(e) for e in looked_into.get_foreign_keys(name)),
            ]
        ),
    )


def taken_away(before: Schema, after: Schema) -> list[str]:
    """What those who know `before` can no longer do with `after`."""
    found = []
    for name, table in before.items():
        if name not in after:
            found.append(f'the table {name} is gone')
        else:
            found += [
                f'{name}: {each}' for each in _from_table(table, after[name])
            ]
    return found


def _from_table(before: Table, after: Table) -> list[str]:
    found = []
    for name, column in before.columns.items():
        new = after.columns.get(name)
        if new is None:
            found.append(f'the column {name} is gone')
            continue
        if new.type != column.type:
            found.append(f'{name} was {column.type} and is {new.type}')
        if column.nullable and not new.nullable:
            found.append(f'{name} may no longer be null')
        if column.has_default and not new.has_default:
            found.append(f'{name} has no default any more')
    found += [
        f'{name} is new, has no default and may not be null'
        for name, column in after.columns.items()
        if name not in before.columns
        and not column.nullable
        and not column.has_default
    ]
    for each in after.unique - before.unique:
        found.append(f'{", ".join(each)} has to be unique now')
    found += [
        f'rows are refused that were not: {each}'
        for each in after.checks - before.checks
    ]
    return found
