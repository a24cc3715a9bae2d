"""Gauges that somebody has to be asked for, read when Prometheus comes.

What is asked may be slow or away. So it is asked by a thread of its own, one
at a time, at most every few seconds, and never when nobody comes; whoever
comes waits a little and otherwise gets the page without these gauges.
"""

import dataclasses
import logging
import threading
import time
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Mapping

from prometheus_client import core
from prometheus_client import registry

LOG = logging.getLogger(__name__)

#: Seconds for which an answer is given again.
LIFE = 5.0
#: Seconds that a page waits for an answer; Prometheus itself gives it ten.
PATIENCE = 2.0


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Reading:
    """One gauge: a value for each set of labels."""

    name: str
    text: str
    labels: tuple[str, ...] = ()
    values: Mapping[tuple[str, ...], float]


class Readings(registry.Collector):
    """The gauges that `ask` answers with, as a page wants them."""

    def __init__(
        self,
        ask: Callable[[], Iterable[Reading]],
        *,
        life: float = LIFE,
        patience: float = PATIENCE,
    ) -> None:
        """`life` and `patience` are in seconds."""
        self._ask = ask
        self._life = life
        self._patience = patience
        self._guard = threading.Lock()
        self._asking: threading.Thread | None = None
        self._known: tuple[float, list[Reading]] | None = None

    def collect(self) -> Iterable[core.Metric]:
        for each in self._fresh():
            gauge = core.GaugeMetricFamily(
                each.name, each.text, labels=each.labels
            )
            for labels, value in each.values.items():
                gauge.add_metric(labels, value)
            yield gauge

    def _fresh(self) -> list[Reading]:
        with self._guard:
            if not self._is_fresh() and self._asking is None:
                self._asking = threading.Thread(
                    target=self._read, name='readings', daemon=True
                )
                self._asking.start()
            asking = self._asking
        if asking is not None:
            asking.join(self._patience)
        known = self._known
        return known[1] if known is not None and self._is_fresh() else []

    def _is_fresh(self) -> bool:
        known = self._known
        return known is not None and time.monotonic() - known[0] < self._life

    def _read(self) -> None:
        try:
            self._known = time.monotonic(), list(self._ask())
        except Exception as error:  # the page goes without
            LOG.warning('the gauges could not be read: %s', error)
        finally:
            self._asking = None
