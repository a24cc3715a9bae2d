"""The install guide, read as the commands and files that it consists of."""

import dataclasses
import pathlib
import re

#: What begins a block, and what may be said of it.
_BLOCK = re.compile(r'^\.\. code-block:: (console|ini)$')
_CAPTION = re.compile(r'^ +:caption: (\S+)$')


@dataclasses.dataclass(frozen=True)
class Command:
    """A line to type; root's if it follows a '#', else a user's."""

    text: str
    is_root: bool


@dataclasses.dataclass(frozen=True)
class File:
    """A file to write."""

    path: str
    text: str


def steps(page: pathlib.Path) -> list[Command | File]:
    """All that the page tells its reader to do, in order.

    Raises ValueError for a line of a console that has no prompt.
    """
    found: list[Command | File] = []
    lines = iter(page.read_text().splitlines())
    for line in lines:
        block = _BLOCK.match(line)
        if block is None:
            continue
        caption, body = None, []
        for inner in lines:
            if inner and not inner.startswith('   '):
                break
            named = _CAPTION.match(inner)
            if named:
                caption = named[1]
            else:
                body.append(inner[3:])
        if block[1] == 'console':
            found += [_command(each) for each in body if each]
        elif caption is not None:
            found.append(File(caption, '\n'.join(body).strip() + '\n'))
    return found


def _command(line: str) -> Command:
    prompt, _, text = line.partition(' ')
    if prompt not in ('#', '$') or not text:
        raise ValueError(f'what is told to do this? {line!r}')
    return Command(text, is_root=prompt == '#')
