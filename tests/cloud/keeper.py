"""Every secret that was issued, and every log that none of them may be in."""

import pathlib
import re

#: What Keystone's Fernet tokens begin with; those that a process of ours
#: fetched for itself are known by nothing else.
_KEYSTONE_TOKEN = re.compile(r'gAAAAA[\w-]{40,}')


class Keeper:
    def __init__(self) -> None:
        self._secrets: dict[str, str] = {}
        self._logs: list[pathlib.Path] = []

    def secret(self, kind: str, value: str) -> str:
        """Remember it; it is given back."""
        assert len(value) >= 8, f'a {kind} that short is found anywhere'
        self._secrets.setdefault(value, kind)
        return value

    def log(self, path: pathlib.Path) -> pathlib.Path:
        self._logs.append(path)
        return path

    def told(self) -> list[str]:
        """Which kinds of secrets are in which logs."""
        found = []
        for path in dict.fromkeys(self._logs):
            text = path.read_text(errors='replace')
            found += [
                f'{path.name}: {kind}'
                for secret, kind in self._secrets.items()
                if secret in text
            ]
            if _KEYSTONE_TOKEN.search(text):
                found.append(f'{path.name}: a token of Keystone')
        return found

    def counted(self) -> str:
        """How much was looked for, and in how much."""
        kinds = sorted(set(self._secrets.values()))
        size = sum(each.stat().st_size for each in set(self._logs))
        return (
            f'{len(self._secrets)} secrets ({", ".join(kinds)}) were looked '
            f'for in {len(set(self._logs))} logs of {size / 1e6:.1f} MB'
        )
