"""Calls to other services: how long each took, and how it failed."""

import contextlib
import functools
import time
from collections.abc import Callable
from collections.abc import Iterator
from typing import ParamSpec
from typing import TypeVar

from autoscale.metrics import measures

P = ParamSpec('P')
T = TypeVar('T')

#: The kind of an error that says none of itself.
OTHER = 'other'


@contextlib.contextmanager
def timed(service: str, operation: str) -> Iterator[None]:
    """What happens within is one operation of that service.

    An error is counted by its `kind`, as `exceptions.CloudError` has one.
    """
    began = time.perf_counter()
    error: str | None = None
    try:
        yield
    except Exception as failure:
        error = str(getattr(failure, 'kind', OTHER))
        raise
    finally:
        measures.called(service, operation, time.perf_counter() - began, error)


def operation(service: str) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """Time each call of a method; it gives the operation its name."""

    def timing(method: Callable[P, T]) -> Callable[P, T]:
        @functools.wraps(method)
        def call(*args: P.args, **kw: P.kwargs) -> T:
            with timed(service, method.__name__):
                return method(*args, **kw)

        return call

    return timing
