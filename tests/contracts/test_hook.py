import types

import pytest
from oslo_config import cfg

from autoscale import exceptions
from autoscale.conf import hooks as options
from autoscale.hooks.webhook import WebhookTransport
from autoscale.hooks.zaqar import ZaqarTransport
from tests.contracts.hook import HookContract
from tests.fakes import cloud as clouds
from tests.fakes import listener as listeners
from tests.fakes.clock import Clock
from tests.fakes.zaqar import FakeZaqar

ALWAYS = 1000


@pytest.fixture
def conf():
    conf = cfg.ConfigOpts()
    options.register_opts(conf)
    conf([], default_config_files=[])
    for name, value in {
        'allow_private_targets': True,
        'allow_http': True,
        'webhook_attempts': 1,
        'webhook_timeout': 5.0,
    }.items():
        conf.set_override(name, value, group='hooks')
    return conf


class ZaqarHookContract(HookContract):
    transport_class = ZaqarTransport

    def params(self):
        return {'queue': 'drain'}

    def wrong_params(self):
        return {'queue': 'never'}

    def arrived(self):
        found = []
        while more := self.zaqar.claim('drain', limit=20):
            found += [each['body'] for each in more]
        return found


class TestZaqarHookOnTheFake(ZaqarHookContract):
    @pytest.fixture
    def transport(self, conf):
        self.zaqar = FakeZaqar(Clock())
        real = self.zaqar.post

        def post(queue, messages):
            if queue == 'never':
                raise exceptions.RequestIsWrong(
                    service='zaqar', operation='post', reason='not that one'
                )
            real(queue, messages)

        self.zaqar.post = post
        doors = types.SimpleNamespace(zaqar=self.zaqar)
        return ZaqarTransport(conf, doors)

    def arrived(self):
        return self.zaqar.bodies('drain')

    def break_down(self):
        unwell = exceptions.CloudIsUnwell(
            service='zaqar', operation='post', reason='down'
        )
        self.zaqar.fail_next('post', unwell, times=1)

    def recover(self):
        """One failure was ordered, and it has come."""


class TestZaqarHookOverHTTP(ZaqarHookContract):
    @pytest.fixture
    def transport(self, conf):
        with clouds.running() as cloud, clouds.session() as session:
            self.cloud = cloud
            self.zaqar = clouds.zaqar(session, clouds.login(cloud))
            cloud.faults.add(
                'messaging',
                'error',
                operation='post_messages',
                path_contains='/never/',
                status=400,
            )
            doors = types.SimpleNamespace(zaqar=self.zaqar)
            yield ZaqarTransport(conf, doors)

    def break_down(self):
        self.rule = self.cloud.faults.add('messaging', 'error', status=503)

    def recover(self):
        self.cloud.faults.remove(self.rule.id)


class TestWebhookOverHTTP(HookContract):
    transport_class = WebhookTransport

    @pytest.fixture
    def transport(self, conf):
        with listeners.listening() as listener:
            self.listener = listener
            self.refused = 0
            yield WebhookTransport(conf, types.SimpleNamespace())

    def params(self):
        listener = getattr(self, 'listener', None)
        return {'url': listener.url() if listener else 'https://app.example'}

    def wrong_params(self):
        return {'url': 'https://app.example:99999/leave'}

    def arrived(self):
        return self.listener.bodies[self.refused :]

    def break_down(self):
        self.listener.answers = [503] * ALWAYS

    def recover(self):
        self.listener.answers = []
        self.refused = len(self.listener.bodies)
