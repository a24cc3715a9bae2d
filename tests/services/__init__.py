"""The service on what an operator runs: really started, and really stopped.

MariaDB, PostgreSQL and RabbitMQ are private instances of the suite's own.
This is not part of the plain test run: `tox -e services` runs it.
"""
