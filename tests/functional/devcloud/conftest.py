"""A cloud per test, and the real clients that talk to it."""

import time

import pytest
import requests
from keystoneauth1 import session as ks_session
from keystoneauth1.identity import v3
from novaclient import client as nova_client
from zaqarclient.queues import client as zaqar_client

from autoscale.devcloud import DevCloud

PASSWORD = 'devcloud'


@pytest.fixture
def cloud():
    with DevCloud(build_seconds=0.02, delete_seconds=0.02) as running:
        yield running


@pytest.fixture
def open_session():
    """Sessions that are closed when the test is over."""
    opened = []

    def make(auth):
        session = ks_session.Session(auth=auth, timeout=20)
        opened.append(session)
        return session

    yield make
    for session in opened:
        session.session.close()


@pytest.fixture
def login(cloud, open_session):
    """A session of the named user in the project of the same name."""

    def make(user='demo', project=None, **scope):
        if not scope:
            scope = {
                'project_name': project or user,
                'project_domain_id': 'default',
            }
        return open_session(
            v3.Password(
                cloud.auth_url,
                username=user,
                password=PASSWORD,
                user_domain_id='default',
                **scope,
            )
        )

    return make


@pytest.fixture
def session(login):
    return login()


@pytest.fixture
def nova(session):
    return nova_client.Client('2.96', session=session)


@pytest.fixture
def zaqar(session):
    return zaqar_client.Client(version=2, session=session)


@pytest.fixture
def create(nova):
    """Create servers as cheaply as Nova lets us."""

    def make(name='web', **wanted):
        wanted.setdefault('nics', 'none')
        return nova.servers.create(
            name, DevCloud.image_id('cirros'), '1', **wanted
        )

    return make


@pytest.fixture
def control(cloud):
    """The control doors, by path."""

    def call(method, path, **kwargs):
        return requests.request(
            method, cloud.control_url + path, timeout=20, **kwargs
        )

    return call


@pytest.fixture
def eventually():
    """Ask again until the answer is true, but not for ever."""

    def ask(question, seconds=5.0):
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            answer = question()
            if answer:
                return answer
            time.sleep(0.01)
        raise AssertionError('it did not happen in time')

    return ask
