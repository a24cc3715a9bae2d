"""Narrow doors to other services: our names, their errors translated."""
