"""Renews the leases of passes that take long; idle engines ask nothing."""

from autoscale.engine import one_pass


class Lease:
    def __init__(self, passes: one_pass.Passes) -> None:
        self._passes = passes

    def run_once(self) -> int:
        """Answers how many leases were renewed."""
        return self._passes.renew_leases()
