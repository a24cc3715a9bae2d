"""Every count and every time, by name.

They belong to the process and not to an object, as its memory does: Prometheus
adds up processes. No label ever holds an id, a path or a word of a caller, so
the number of series is bounded by what is written here.
"""

import functools

import prometheus_client as prometheus
from prometheus_client import platform_collector
from prometheus_client import process_collector

REGISTRY = prometheus.CollectorRegistry()

process_collector.ProcessCollector(registry=REGISTRY)
platform_collector.PlatformCollector(registry=REGISTRY)

#: Methods that have a label of their own; a caller may invent others.
_METHODS = frozenset(
    ('GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS')
)

#: Edges of the times' buckets, in seconds.
_SHORT = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
_LONG = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
_LAGS = (0.01, 0.05, 0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 3600)

_requests = prometheus.Counter(
    'autoscale_api_requests',
    'Requests that the API answered.',
    ('route', 'method', 'status'),
    registry=REGISTRY,
)
_request_seconds = prometheus.Histogram(
    'autoscale_api_request_seconds',
    'Seconds from a request to its answer.',
    ('route', 'method'),
    buckets=_SHORT,
    registry=REGISTRY,
)
_pass_seconds = prometheus.Histogram(
    'autoscale_engine_pass_seconds',
    'Seconds that a pass over a cluster took, by how it ended.',
    ('result',),
    buckets=_LONG,
    registry=REGISTRY,
)
_due_lag_seconds = prometheus.Histogram(
    'autoscale_engine_due_lag_seconds',
    'Seconds that a cluster had been due when an engine claimed it.',
    buckets=_LAGS,
    registry=REGISTRY,
)
_leases_taken_over = prometheus.Counter(
    'autoscale_engine_leases_taken_over',
    'Clusters that were claimed after the lease of an engine ran out.',
    registry=REGISTRY,
)
_actions = prometheus.Counter(
    'autoscale_engine_actions',
    'Actions that ended, by their last status.',
    ('kind', 'status'),
    registry=REGISTRY,
)
_hook_messages = prometheus.Counter(
    'autoscale_engine_hook_messages',
    'Lifecycle messages that were sent, by transport and result.',
    ('transport', 'result'),
    registry=REGISTRY,
)
_notifications_dropped = prometheus.Counter(
    'autoscale_engine_notifications_dropped',
    'Notifications that could not be sent.',
    registry=REGISTRY,
)
_call_seconds = prometheus.Histogram(
    'autoscale_cloud_call_seconds',
    'Seconds that an operation of another service took, failed or not.',
    ('service', 'operation'),
    buckets=_LONG,
    registry=REGISTRY,
)
_call_errors = prometheus.Counter(
    'autoscale_cloud_call_errors',
    'Operations of other services that failed, by the kind of failure.',
    ('service', 'operation', 'kind'),
    registry=REGISTRY,
)


def answered(route: str, method: str, status: str, seconds: float) -> None:
    """A request was answered; `route` is a template, without any id."""
    known = method if method in _METHODS else 'other'
    count, times = _of_requests(route, known, status)
    count.inc()
    times.observe(seconds)


@functools.cache
def _of_requests(
    route: str, method: str, status: str
) -> tuple[prometheus.Counter, prometheus.Histogram]:
    """The two series; to look them up by their labels is most of the cost."""
    return (
        _requests.labels(route, method, status),
        _request_seconds.labels(route, method),
    )


def claimed(lag: float | None, *, is_taken_over: bool) -> None:
    """A cluster was claimed `lag` seconds late; None: it was not due."""
    if lag is not None:
        _due_lag_seconds.observe(max(0.0, lag))
    if is_taken_over:
        _leases_taken_over.inc()


def pass_ended(result: str, seconds: float) -> None:
    _pass_seconds.labels(result).observe(seconds)


def action_ended(kind: str, status: str) -> None:
    _actions.labels(kind, status).inc()


def hook_messages(transport: str, *, delivered: int, failed: int) -> None:
    """`transport` is the name of a plug-in."""
    if delivered:
        _hook_messages.labels(transport, 'delivered').inc(delivered)
    if failed:
        _hook_messages.labels(transport, 'failed').inc(failed)


def notification_dropped() -> None:
    _notifications_dropped.inc()


def called(
    service: str, operation: str, seconds: float, error: str | None
) -> None:
    """Another service did something; `error` is the kind of its failure."""
    _call_seconds.labels(service, operation).observe(seconds)
    if error is not None:
        _call_errors.labels(service, operation, error).inc()
