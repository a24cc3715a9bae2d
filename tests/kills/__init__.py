"""An engine is killed at every write and every outside call it makes.

This is not part of the plain test run: `tox -e kills` runs it.
"""
