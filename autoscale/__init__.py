"""Keeps clusters of Nova servers at the right size, with lifecycle hooks."""
