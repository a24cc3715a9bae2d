"""The daemons and tools: the only rooms that see a whole service."""
