"""Frozen nouns: no I/O, no libraries of OpenStack."""
