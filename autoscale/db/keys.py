"""How secrets are kept: encrypted, with keys that can be changed.

A file holds the keys, one a line. The first encrypts and each decrypts, so a
new key goes to the end of the file on every host before it is moved to its
head, and an old one is taken away when no row needs it any more.
"""

import json
import os
import pathlib
import tempfile
import threading

from cryptography import fernet
from oslo_config import cfg

from autoscale import exceptions
from autoscale.conf import credentials as options

_MAKE = 'autoscale-manage credential generate-key'


class Keys:
    """The keys of one file, read anew when the file changes."""

    def __init__(self, path: str) -> None:
        self._path = pathlib.Path(path)
        self._guard = threading.Lock()
        self._read: tuple[object, fernet.MultiFernet] | None = None

    def check(self) -> None:
        """Raise KeysUnusable when there is no key, or one is none."""
        self._keys()

    def seal(self, secret: dict[str, str]) -> str:
        """The secret, encrypted with the first key. Raises KeysUnusable."""
        text = json.dumps(secret, sort_keys=True).encode()
        return self._keys().encrypt(text).decode('ascii')

    def open(self, sealed: str) -> dict[str, str]:
        """The secret. Raises SecretUnreadable and KeysUnusable."""
        try:
            text = self._keys().decrypt(sealed)
        except fernet.InvalidToken:
            raise self._unreadable() from None
        secret: dict[str, str] = json.loads(text)
        return secret

    def renew(self, sealed: str) -> str:
        """The same secret, encrypted with the first key.

        Raises SecretUnreadable and KeysUnusable.
        """
        try:
            return self._keys().rotate(sealed).decode('ascii')
        except fernet.InvalidToken:
            raise self._unreadable() from None

    def _unreadable(self) -> exceptions.SecretUnreadable:
        return exceptions.SecretUnreadable(path=self._path)

    def _keys(self) -> fernet.MultiFernet:
        try:
            found = self._path.stat()
            seen = (found.st_mtime_ns, found.st_size, found.st_ino)
            with self._guard:
                if self._read is None or self._read[0] != seen:
                    self._read = (seen, _read(self._path))
                return self._read[1]
        except OSError as error:
            raise exceptions.KeysUnusable(
                path=self._path,
                reason=error.strerror or type(error).__name__,
                make=_MAKE,
            ) from None


def check(conf: cfg.ConfigOpts) -> None:
    """Raise KeysUnusable when credentials are to be kept and cannot be."""
    if options.are_kept(conf):
        Keys(conf.credentials.key_file).check()


def _lines(path: pathlib.Path) -> list[str]:
    """The keys of a file; what follows a # is for people."""
    texts = path.read_text('utf-8', 'replace').splitlines()
    stripped = [each.partition('#')[0].strip() for each in texts]
    return [each for each in stripped if each]


def _read(path: pathlib.Path) -> fernet.MultiFernet:
    keys = []
    for number, line in enumerate(_lines(path), 1):
        try:
            keys.append(fernet.Fernet(line))
        except ValueError:
            raise exceptions.KeysUnusable(
                path=path, reason=f'key {number} is no key', make=_MAKE
            ) from None
    if not keys:
        raise exceptions.KeysUnusable(
            path=path, reason='there is no key in it', make=_MAKE
        )
    return fernet.MultiFernet(keys)


def generate(path: str) -> int:
    """Put a new key last into the file, which may be new; how many it has.

    Only the first one encrypts: see `promote`.
    """
    place = pathlib.Path(path)
    keys = _lines(place) if place.exists() else []
    keys.append(fernet.Fernet.generate_key().decode('ascii'))
    _write(place, keys)
    return len(keys)


def promote(path: str) -> int:
    """Have the last key encrypt from now on; how many the file has."""
    place = pathlib.Path(path)
    keys = _lines(place)
    if keys:
        _write(place, [keys[-1], *keys[:-1]])
    return len(keys)


def _write(place: pathlib.Path, keys: list[str]) -> None:
    """Put the file there whole or not at all, and for its owner only.

    A file that was there keeps its owner and its mode.
    """
    before = place.stat() if place.exists() else None
    handle, name = tempfile.mkstemp(dir=place.parent, prefix=place.name)
    try:
        with os.fdopen(handle, 'w') as file:
            file.write('\n'.join(keys) + '\n')
        if before is not None:
            os.chmod(name, before.st_mode & 0o777)
            os.chown(name, before.st_uid, before.st_gid)
        os.replace(name, place)
    except BaseException:
        pathlib.Path(name).unlink(missing_ok=True)
        raise
