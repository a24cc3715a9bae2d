"""The figures of this process, as Prometheus would read them.

They only ever grow while tests run, so a test looks twice.
"""

from autoscale.metrics import measures


class Growth:
    """By how much series grew since this was made."""

    def __init__(self):
        self._then = _all()

    def of(self, name, **labels):
        key = (name, tuple(sorted(labels.items())))
        return _all().get(key, 0) - self._then.get(key, 0)

    def series(self, name):
        """The labels of every series of that name which grew."""
        return [
            dict(labels)
            for (found, labels), number in _all().items()
            if found == name and number != self._then.get((found, labels), 0)
        ]


def _all():
    return {
        (each.name, tuple(sorted(each.labels.items()))): each.value
        for family in measures.REGISTRY.collect()
        for each in family.samples
    }
