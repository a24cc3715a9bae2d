"""Nova 2.1: servers that come, go, fail and are counted, but do not run."""

from autoscale.devcloud.compute.service import Compute

__all__ = ['Compute']
