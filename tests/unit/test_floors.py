"""The floors of the house: who may import whom, read from the source.

Nothing is imported here: every file of autoscale/ is parsed, so that a room
that is broken, or whose libraries are missing, is held to the plan too. An
import inside a function counts like one at the top.
"""

import ast
import configparser
import dataclasses
import functools
import pathlib
import re
import sys
from collections.abc import Iterator

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
HOUSE = ROOT / 'autoscale'

#: A room may import from a lower floor and from itself; the rooms of one
#: floor are strangers.
FLOORS = (
    {'exceptions', 'conf', 'context'},
    {'model', 'rpc', 'plugins', 'metrics'},
    {'clients', 'db', 'policies'},
    {'hooks', 'profiles', 'alarms'},
    {'api', 'engine'},
    {'cmd', 'wsgi'},
)

#: The embedded cloud is a cloud: it imports nothing of ours, and only a
#: command may start it.
CLOUD = 'devcloud'

#: Reached by name, through plugins.py; no other room imports them.
PLUG_INS = {'policies', 'hooks', 'profiles', 'alarms'}

#: Libraries that one door hides from the rest of the house.
DOORS = {
    'stevedore': {'plugins'},
    'sqlalchemy': {'db'},
    'oslo_db': {'db', 'conf'},
    'alembic': {'db'},
    'cryptography': {'db'},
    'novaclient': {'clients'},
    'zaqarclient': {'clients'},
    'openstack': {'clients'},
    'keystoneauth1': {'clients', 'conf'},
    'keystonemiddleware': {'api', 'conf'},
    'pecan': {'api'},
    'kombu': {'rpc'},
    'prometheus_client': {'metrics'},
    'oslo_messaging': {'rpc', 'engine', 'conf'},
    'eventlet': set(),
}

#: Rooms that only think: no I/O, no clock, no library but the ones named.
PURE = {
    'autoscale.model': set(),
    'autoscale.policies': {'jsonschema'},
    'autoscale.engine.planning': set(),
    'autoscale.engine.steps': set(),
}

#: What the pure rooms may see of ours, besides themselves.
PURE_MAY_SEE = {
    'autoscale.model': set(),
    'autoscale.policies': {
        'autoscale.model',
        'autoscale.exceptions',
        'autoscale.plugins',
    },
    'autoscale.engine.steps': {'autoscale.model', 'autoscale.exceptions'},
    'autoscale.engine.planning': {
        'autoscale.engine.steps',
        'autoscale.model',
        'autoscale.exceptions',
        'autoscale.plugins',
    },
}

#: Of the standard library, what a pure room has no use for.
WORLDLY = {
    'asyncio',
    'concurrent',
    'http',
    'multiprocessing',
    'os',
    'pathlib',
    'secrets',
    'select',
    'shutil',
    'signal',
    'socket',
    'sqlite3',
    'ssl',
    'subprocess',
    'tempfile',
    'threading',
    'time',
    'urllib',
}

NAMES_THAT_SAY_NOTHING = re.compile(
    r'(.*_)?(utils?|common|managers?|helpers?|data|info|misc)'
)

LONGEST = 400

#: Files that may be longer than LONGEST, each with the reason.
MAY_BE_LONG: dict[str, str] = {}


@dataclasses.dataclass(frozen=True)
class Import:
    module: str  #: 'a.b' of `import a.b`, 'a.b.c' of `from a.b import c`
    line: int

    def room(self) -> str | None:
        """The room of ours that this reaches; None if it is not ours."""
        parts = self.module.split('.')
        if parts[0] != 'autoscale':
            return None
        return parts[1] if len(parts) > 1 else ''


@dataclasses.dataclass(frozen=True)
class Module:
    path: pathlib.Path
    text: str

    @property
    def name(self) -> str:
        parts = self.path.relative_to(ROOT).with_suffix('').parts
        return '.'.join(p for p in parts if p != '__init__')

    @property
    def room(self) -> str:
        parts = self.name.split('.')
        return parts[1] if len(parts) > 1 else ''

    @functools.cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text, str(self.path))

    def imports(self) -> Iterator[Import]:
        package = self.name.split('.')
        if self.path.name != '__init__.py':
            package = package[:-1]
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    yield Import(alias.name, node.lineno)
            elif isinstance(node, ast.ImportFrom):
                base = package[: len(package) - node.level + 1]
                whole = (base if node.level else []) + (
                    node.module.split('.') if node.module else []
                )
                for alias in node.names:
                    yield Import('.'.join([*whole, alias.name]), node.lineno)

    def at(self, line: int) -> str:
        return f'{self.path.relative_to(ROOT)}:{line}'


@functools.cache
def house() -> list[Module]:
    return [
        Module(path, path.read_text(encoding='utf-8'))
        for path in sorted(HOUSE.rglob('*.py'))
    ]


def floor_of(room: str) -> int:
    return next(n for n, rooms in enumerate(FLOORS) if room in rooms)


def may_import(here: str, there: str) -> bool:
    """Whether a file of the room `here` may import the room `there`."""
    if here == there or there == '':
        return True
    if CLOUD in (here, there):
        return here == 'cmd'
    if here == '' or there in PLUG_INS:
        return False
    return floor_of(there) < floor_of(here)


def is_within(module: str, package: str) -> bool:
    return module == package or module.startswith(package + '.')


def sleeps(module: Module) -> list[int]:
    """The lines that use `time.sleep`, however it is spelt."""
    lines = []
    names = {'time'}
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            names |= {
                alias.asname
                for alias in node.names
                if alias.name == 'time' and alias.asname
            }
        elif isinstance(node, ast.ImportFrom) and node.module == 'time':
            if any(alias.name == 'sleep' for alias in node.names):
                lines.append(node.lineno)
    for node in ast.walk(module.tree):
        if (
            isinstance(node, ast.Attribute)
            and node.attr == 'sleep'
            and isinstance(node.value, ast.Name)
            and node.value.id in names
        ):
            lines.append(node.lineno)
    return sorted(lines)


def clocks(module: Module) -> list[int]:
    """The lines that ask a clock: `datetime.now()` and its kin."""
    return [
        node.lineno
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in ('now', 'utcnow', 'today')
    ]


def entry_points() -> list[tuple[str, str]]:
    """Every ('group: name', 'module:attribute') of setup.cfg."""
    parser = configparser.ConfigParser(interpolation=None)
    parser.read(ROOT / 'setup.cfg', encoding='utf-8')
    found = []
    for group, lines in parser['entry_points'].items():
        for line in filter(None, map(str.strip, lines.splitlines())):
            name, _, target = line.partition('=')
            found.append((f'{group}: {name.strip()}', target.strip()))
    return found


def defined(tree: ast.Module) -> set[str]:
    """The names that a module has once it is imported."""
    names: set[str] = set()
    for node in tree.body:
        if isinstance(
            node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
        ):
            names.add(node.name)
        elif isinstance(node, ast.Assign):
            names |= {t.id for t in node.targets if isinstance(t, ast.Name)}
        elif isinstance(node, ast.AnnAssign):
            if isinstance(node.target, ast.Name):
                names.add(node.target.id)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            names |= {(a.asname or a.name).split('.')[0] for a in node.names}
    return names


def test_every_room_stands_on_a_floor() -> None:
    known = set().union(*FLOORS) | {CLOUD, ''}
    assert {each.room for each in house()} - known == set()


def test_no_room_stands_on_two_floors() -> None:
    rooms = [room for floor in FLOORS for room in floor]
    assert len(rooms) == len(set(rooms))


def test_imports_go_down_or_stay_at_home() -> None:
    wrong = [
        f'{each.at(found.line)}: {each.room} may not see {found.room()}'
        for each in house()
        for found in each.imports()
        if found.room() is not None
        and not may_import(each.room, found.room() or '')
    ]
    assert not wrong, '\n'.join(wrong)


def test_what_is_imported_of_ours_exists() -> None:
    known = {each.name for each in house()}
    wrong = [
        f'{each.at(found.line)}: {found.module}'
        for each in house()
        for found in each.imports()
        if found.room() is not None
        and found.module not in known
        and found.module.rpartition('.')[0] not in known
    ]
    assert not wrong, '\n'.join(wrong)


def test_a_library_is_used_behind_its_own_door() -> None:
    wrong = [
        f'{each.at(found.line)}: {found.module}'
        for each in house()
        for found in each.imports()
        if each.room not in DOORS.get(found.module.split('.')[0], {each.room})
    ]
    assert not wrong, '\n'.join(wrong)


@pytest.mark.parametrize('package', sorted(PURE))
def test_a_pure_room_sees_neither_world_nor_clock(package: str) -> None:
    may_see = PURE_MAY_SEE[package] | {package}
    wrong = []
    for each in house():
        if not is_within(each.name, package):
            continue
        for found in each.imports():
            top = found.module.split('.')[0]
            if found.room() is not None:
                ours = found.module == 'autoscale' or any(
                    is_within(found.module, seen) for seen in may_see
                )
                if not ours:
                    wrong.append(f'{each.at(found.line)}: {found.module}')
            elif top in WORLDLY or (
                top not in sys.stdlib_module_names and top not in PURE[package]
            ):
                wrong.append(f'{each.at(found.line)}: {found.module}')
        wrong += [f'{each.at(line)}: a clock' for line in clocks(each)]
    assert not wrong, '\n'.join(wrong)


def test_nothing_sleeps_outside_the_embedded_cloud() -> None:
    wrong = [
        each.at(line)
        for each in house()
        if each.room != CLOUD
        for line in sleeps(each)
    ]
    assert not wrong, '\n'.join(wrong)


def test_a_module_is_named_after_a_noun() -> None:
    wrong = [
        each.name
        for each in house()
        if NAMES_THAT_SAY_NOTHING.fullmatch(each.name.split('.')[-1])
    ]
    assert not wrong, '\n'.join(wrong)


def test_every_folder_of_the_house_is_a_package() -> None:
    wrong = [
        str(each.path.parent.relative_to(ROOT))
        for each in house()
        if not (each.path.parent / '__init__.py').exists()
    ]
    assert not wrong, '\n'.join(sorted(set(wrong)))


def test_a_module_says_what_lives_there() -> None:
    wrong = [each.name for each in house() if not ast.get_docstring(each.tree)]
    assert not wrong, '\n'.join(wrong)


def test_a_file_of_two_rooms_is_two_files() -> None:
    lengths = {
        str(each.path.relative_to(ROOT)): each.text.count('\n')
        for each in house()
    }
    too_long = {
        path: length
        for path, length in lengths.items()
        if length > LONGEST and path not in MAY_BE_LONG
    }
    assert too_long == {}


def test_a_leave_to_be_long_is_given_back_when_it_is_not_needed() -> None:
    lengths = {
        str(each.path.relative_to(ROOT)): each.text.count('\n')
        for each in house()
    }
    stale = [path for path in MAY_BE_LONG if lengths.get(path, 0) <= LONGEST]
    assert stale == []


def test_every_entry_point_leads_somewhere() -> None:
    modules = {each.name: each for each in house()}
    wrong = []
    for name, target in entry_points():
        module, _, attribute = target.partition(':')
        found = modules.get(module)
        if found is None:
            wrong.append(f'{name}: there is no module {module}')
        elif attribute not in defined(found.tree):
            wrong.append(f'{name}: {module} has no {attribute}')
    assert not wrong, '\n'.join(wrong)


def imports_of(name: str, text: str) -> list[str]:
    path = HOUSE.joinpath(*name.split('.')).with_suffix('.py')
    return [each.module for each in Module(path, text).imports()]


def test_the_reader_sees_imports_inside_functions() -> None:
    text = 'def f():\n    from autoscale.db import work\n    import requests\n'
    assert imports_of('engine.planning.size', text) == [
        'autoscale.db.work',
        'requests',
    ]


def test_the_reader_sees_relative_imports() -> None:
    text = 'from .. import gather\nfrom . import size\nfrom ...db import work'
    assert imports_of('engine.planning.leave', text) == [
        'autoscale.engine.gather',
        'autoscale.engine.planning.size',
        'autoscale.db.work',
    ]


@pytest.mark.parametrize(
    'here, there, may',
    [
        ('engine', 'db', True),
        ('db', 'model', True),
        ('db', 'exceptions', True),
        ('cmd', 'devcloud', True),
        ('engine', 'engine', True),
        ('engine', 'api', False),
        ('api', 'engine', False),
        ('db', 'clients', False),
        ('model', 'db', False),
        ('engine', 'hooks', False),
        ('api', 'alarms', False),
        ('cmd', 'policies', False),
        ('engine', 'devcloud', False),
        ('devcloud', 'exceptions', False),
    ],
)
def test_the_plan_of_the_house(here: str, there: str, may: bool) -> None:
    assert may_import(here, there) is may


@pytest.mark.parametrize(
    'text',
    [
        'import time\ntime.sleep(1)',
        'import time as t\nt.sleep(1)',
        'from time import sleep',
        'import time\nwait = time.sleep',
    ],
)
def test_a_sleep_is_seen_however_it_is_spelt(text: str) -> None:
    assert sleeps(Module(HOUSE / 'engine' / 'worker.py', text))


def test_a_clock_is_seen() -> None:
    text = 'from datetime import datetime, UTC\nx = datetime.now(UTC)'
    assert clocks(Module(HOUSE / 'policies' / 'scaling.py', text)) == [2]
