"""Periodic work, one file each, with a run_once."""
