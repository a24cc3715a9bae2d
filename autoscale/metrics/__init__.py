"""What is counted and timed, and how Prometheus reads it.

The only room that knows prometheus_client. What thinks, counts nothing:
planning does not know of it.
"""
