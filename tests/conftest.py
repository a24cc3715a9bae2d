"""What every test needs before the first import of oslo.messaging."""

import autoscale.rpc  # noqa: F401
