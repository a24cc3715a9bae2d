"""The directive ``states``: a noun's moves, as a picture and as a table.

``.. states:: autoscale.model.node`` reads MOVES, STATUSES and WHO_MOVES_IT_ON
of that module when the page is built, so that neither can be out of date.
"""

import importlib
import types
from typing import Any

import drawing
from docutils import nodes
from docutils import statemachine
from sphinx import application
from sphinx.util import docutils


class States(docutils.SphinxDirective):
    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        noun = importlib.import_module(self.arguments[0])
        self.env.note_dependency(str(noun.__file__))
        picture = drawing.draw(
            noun.STATUSES,
            noun.MOVES,
            noun.WHO_MOVES_IT_ON,
            title=f'The states of {noun.__name__.split(".")[-1]}',
        )
        return [nodes.raw('', picture, format='html'), *self.table(noun)]

    def table(self, noun: types.ModuleType) -> list[nodes.Node]:
        """The same in words, for those who cannot see the picture."""
        lines = [
            '.. list-table::',
            '   :header-rows: 1',
            '',
            '   * - state',
            '     - goes to',
            '     - who moves it on if an engine dies',
        ]
        for state in noun.STATUSES:
            out = sorted(noun.MOVES[state], key=noun.STATUSES.index)
            lines += [
                f'   * - ``{state}``',
                f'     - {", ".join(f"``{each}``" for each in out) or "–"}',
                f'     - {noun.WHO_MOVES_IT_ON[state]}',
            ]
        found = nodes.container()
        self.state.nested_parse(
            statemachine.StringList(lines, noun.__name__), 0, found
        )
        return found.children


def setup(app: application.Sphinx) -> dict[str, Any]:
    app.add_directive('states', States)
    return {'parallel_read_safe': True, 'parallel_write_safe': True}
