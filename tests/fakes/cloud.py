"""The development cloud as tests use it: over HTTP, with our doors to it."""

import contextlib
import time
from collections.abc import Callable
from collections.abc import Iterator
from typing import Any

from keystoneauth1 import identity
from keystoneauth1 import session as sessions

from autoscale.clients.nova import Nova
from autoscale.clients.zaqar import Zaqar
from autoscale.devcloud.cloud import DevCloud
from autoscale.devcloud.identity import catalog
from autoscale.devcloud.identity import people


@contextlib.contextmanager
def running(**settings: Any) -> Iterator[DevCloud]:
    """A quick cloud, stopped at the end."""
    quick = {'build_seconds': 0.02, 'delete_seconds': 0.02}
    with DevCloud(**{**quick, **settings}) as cloud:
        yield cloud


def login(cloud: DevCloud, password: str = people.PASSWORD) -> Any:
    domain = people.DOMAIN['id']
    return identity.Password(
        cloud.auth_url,
        username='demo',
        password=password,
        project_name='demo',
        user_domain_id=domain,
        project_domain_id=domain,
    )


@contextlib.contextmanager
def session() -> Iterator[sessions.Session]:
    made = sessions.Session(timeout=10)
    yield made
    made.session.close()


def nova(session: Any, auth: Any, **more: Any) -> Nova:
    return Nova(session, auth, catalog.REGION, 'public', **more)


def zaqar(session: Any, auth: Any, **more: Any) -> Zaqar:
    return Zaqar(session, auth, catalog.REGION, 'public', **more)


def wait(is_so: Callable[[], Any], seconds: float = 10.0) -> None:
    """Poll until it is so; an AssertionError when it does not come."""
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, 'it did not come about'
        time.sleep(0.005)
