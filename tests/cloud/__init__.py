"""A real cloud of clouds.yaml: what our doors promise, and whole scenarios.

`doc/source/contributor/cloud.rst` says how to run it.
"""
