"""The whole application: the layers of the onion, in one list.

A request goes through them from the top down and its answer back up.
"""

from collections.abc import Callable

from oslo_config import cfg
from oslo_middleware import cors
from oslo_middleware import http_proxy_to_wsgi
from oslo_middleware.healthcheck import opts as health_options

from autoscale.api import answer
from autoscale.api import body
from autoscale.api import call as calls
from autoscale.api import delegation
from autoscale.api import doors
from autoscale.api import faults
from autoscale.api import health
from autoscale.api import identity
from autoscale.api import measured
from autoscale.api import rate
from autoscale.api import request_id
from autoscale.api import rules
from autoscale.api import versions
from autoscale.api import wiring
from autoscale.api.controllers import v1
from autoscale.conf import metrics
from autoscale.db import database as databases

Layer = Callable[[answer.WSGIApp], answer.WSGIApp]


def build(
    conf: cfg.ConfigOpts,
    database: databases.Database,
    waker: calls.Waker,
) -> answer.WSGIApp:
    """The WSGI application; opens nothing and starts nothing.

    Raises KeysUnusable when users' credentials are to be kept and there are
    no keys for them.
    """
    services = calls.Services(
        conf=conf,
        database=database,
        waker=waker,
        delegation=delegation.Delegation(conf, database, waker.wake),
        enforcer=rules.enforcer(conf),
        triggers=rate.Buckets(conf.api.trigger_rate, conf.api.trigger_burst),
    )
    app: answer.WSGIApp = wiring.Wiring(v1.Root(), services)
    for layer in reversed(onion(services)):
        app = layer(app)
    return app


def onion(services: calls.Services) -> list[Layer]:
    """The layers around pecan, the outermost first, and why each is there.

    Those of oslo.middleware that are switched off are left out rather than
    passed through: each costs as much as a public door has time for.
    """
    conf = services.conf
    return [
        # Whatever is answered has an id, errors of all the others included.
        request_id.RequestId,
        # Load balancers ask often, and need nothing of what follows.
        _health(services),
        # Around all that can answer, faults included.
        *_measured(conf),
        # Before anyone looks at the scheme, the host or the caller's address.
        *_proxy_headers(conf),
        # Outside of faults: a browser shows errors only with its headers.
        *_cors(conf),
        faults.Faults,
        # Before a body is read by anyone, and before Keystone is asked.
        lambda app: body.SizeLimit(app, conf.api.max_body_size),
        # Their token is the right; they have no version.
        lambda app: doors.Doors(app, services),
        lambda app: identity.Authentication(app, conf),
        versions.Microversion,
    ]


def _health(services: calls.Services) -> Layer:
    conf = services.conf
    conf.register_opts(health_options.HEALTHCHECK_OPTS, group='healthcheck')
    conf.set_default('backends', ['disable_by_file'], group='healthcheck')
    return lambda app: health.Healthcheck(app, services)


def _measured(conf: cfg.ConfigOpts) -> list[Layer]:
    if not metrics.is_wanted(conf):
        return []
    is_shown = conf.metrics.enabled
    return [lambda app: measured.Measured(app, is_shown=is_shown)]


def _proxy_headers(conf: cfg.ConfigOpts) -> list[Layer]:
    conf.register_opts(http_proxy_to_wsgi.OPTS, group='oslo_middleware')
    if not conf.oslo_middleware.enable_proxy_headers_parsing:
        return []
    return [lambda app: http_proxy_to_wsgi.HTTPProxyToWSGI(app, conf)]


def _cors(conf: cfg.ConfigOpts) -> list[Layer]:
    conf.register_opts(cors.CORS_OPTS, group='cors')
    named = any(each.startswith('cors.') for each in conf.list_all_sections())
    if not (conf.cors.allowed_origin or named):
        return []
    return [lambda app: cors.CORS(app, conf)]
