"""The development cloud is a cloud: it knows nothing of its users."""

import ast
import pathlib

import autoscale.devcloud

ROOM = pathlib.Path(autoscale.devcloud.__file__).parent


def imported(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f'{path}: relative import'
            yield from (f'{node.module}.{each.name}' for each in node.names)


def test_the_room_imports_nothing_else_of_ours():
    for path in ROOM.rglob('*.py'):
        for name in imported(path):
            if name.split('.')[0] == 'autoscale':
                assert name.startswith('autoscale.devcloud'), path


def test_the_room_needs_no_library_but_the_http_server():
    known = {'autoscale', 'cheroot', '__future__'}
    import sys

    for path in ROOM.rglob('*.py'):
        for name in imported(path):
            top = name.split('.')[0]
            assert top in known or top in sys.stdlib_module_names, path


def test_no_file_is_past_four_hundred_lines():
    for path in ROOM.rglob('*.py'):
        assert len(path.read_text().splitlines()) <= 420, path


def test_every_file_says_what_lives_there():
    for path in ROOM.rglob('*.py'):
        assert ast.get_docstring(ast.parse(path.read_text())), path
