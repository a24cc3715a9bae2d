"""Clients in processes of their own: what they cost is not the server's.

The parent's half starts them; `python -m benchmarks.load` is one of them. It
writes to a socket and reads answers with as little work as it can.
"""

import contextlib
import dataclasses
import json
import random
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from collections.abc import Sequence
from typing import Any
from urllib import parse

#: Stands in a request for a number of eight digits that is new each time.
NUMBER = '########'


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Result:
    """What the clients saw; times are those of `time.time()`."""

    began_at: float
    ended_at: float
    seconds: list[float]  #: of each request, from its first byte to its last
    statuses: dict[str, int]

    @property
    def rate(self) -> float:
        """Requests a second."""
        return len(self.seconds) / (self.ended_at - self.began_at)


def request(
    url: str, method: str = 'POST', body: Any = None
) -> dict[str, Any]:
    """A request that is sent again and again, as the clients take it."""
    parts = parse.urlsplit(url)
    path = parts.path + (f'?{parts.query}' if parts.query else '')
    content = '' if body is None else json.dumps(body)
    lines = [f'{method} {path} HTTP/1.1', f'Host: {parts.netloc}']
    if content:
        lines.append('Content-Type: application/json')
    if method == 'POST':
        lines.append(f'Content-Length: {len(content.encode())}')
    return {
        'address': [parts.hostname, parts.port],
        'text': '\r\n'.join([*lines, '', content]),
    }


def run(
    requests: Sequence[dict[str, Any]], *, clients: int, seconds: float
) -> Result:
    """Closed loop: each client goes through its share, over and over."""
    return _run(requests, clients, seconds)


def run_once(requests: Sequence[dict[str, Any]], *, clients: int) -> Result:
    """Each request once, shared out among the clients."""
    return _run(requests, clients, None)


def _run(
    requests: Sequence[dict[str, Any]], clients: int, seconds: float | None
) -> Result:
    with contextlib.ExitStack() as stack:
        started = []
        for number in range(clients):
            share = requests[number::clients] or requests[:1]
            job = {'requests': share, 'seconds': seconds}
            started.append(stack.enter_context(_client(job)))
        for each in started:
            each.stdout.readline()  # it is ready
        for each in started:
            each.stdin.write('go\n')
            each.stdin.flush()
        said = [json.loads(each.stdout.readline()) for each in started]
    statuses: dict[str, int] = {}
    for each in said:
        for status, count in each['statuses'].items():
            statuses[status] = statuses.get(status, 0) + count
    return Result(
        began_at=min(each['began_at'] for each in said),
        ended_at=max(each['ended_at'] for each in said),
        seconds=[one for each in said for one in each['seconds']],
        statuses=statuses,
    )


@contextlib.contextmanager
def _client(job: dict[str, Any]) -> Iterator[Any]:
    process = subprocess.Popen(
        [sys.executable, '-m', 'benchmarks.load'],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stdin is not None
        process.stdin.write(json.dumps(job) + '\n')
        process.stdin.flush()
        yield process


def main() -> int:
    """One client: a job on a line, 'ready', 'go', and what it saw."""
    job = json.loads(sys.stdin.readline())
    texts = [each['text'] for each in job['requests']]
    with contextlib.closing(_Line(job['requests'][0]['address'])) as line:
        print('ready', flush=True)
        sys.stdin.readline()
        print(json.dumps(_talk(line, texts, job)), flush=True)
    return 0


def _talk(
    line: '_Line', texts: list[str], job: dict[str, Any]
) -> dict[str, Any]:
    took: list[float] = []
    statuses: dict[str, int] = {}
    began_at, began = time.time(), time.monotonic()
    end = began + (job['seconds'] or 3600.0)
    number = random.randrange(10**8)
    while time.monotonic() < end:
        if job['seconds'] is None and len(took) == len(texts):
            break
        text = texts[len(took) % len(texts)]
        number = (number + 1) % 10**8
        sent = time.monotonic()
        status = line.ask(text.replace(NUMBER, f'{number:08d}').encode())
        took.append(time.monotonic() - sent)
        statuses[status] = statuses.get(status, 0) + 1
    return {
        'began_at': began_at,
        'ended_at': began_at + time.monotonic() - began,
        'seconds': took,
        'statuses': statuses,
    }


class _Line:
    """A connection that is kept, until the server says that it is not."""

    def __init__(self, address: tuple[str, int]) -> None:
        self._address = (address[0], address[1])
        self._open()

    def _open(self) -> None:
        self._socket = socket.create_connection(self._address)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def close(self) -> None:
        self._socket.close()

    def ask(self, request: bytes) -> str:
        """Send it and read the answer to its end; the answer's status."""
        self._socket.sendall(request)
        got = b''
        while b'\r\n\r\n' not in got:
            part = self._socket.recv(65536)
            if not part:
                raise ConnectionError('the server hung up')
            got += part
        head, _, body = got.partition(b'\r\n\r\n')
        length, is_kept = 0, True
        for line in head.split(b'\r\n')[1:]:
            name, _, value = line.lower().partition(b':')
            if name == b'content-length':
                length = int(value)
            elif name == b'connection':
                is_kept = value.strip() != b'close'
        missing = length - len(body)
        while missing > 0:
            missing -= len(self._socket.recv(65536))
        if not is_kept:
            self.close()
            self._open()
        return head.split(b' ', 2)[1].decode()


if __name__ == '__main__':
    sys.exit(main())
