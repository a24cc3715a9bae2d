"""The module that a WSGI server loads."""
