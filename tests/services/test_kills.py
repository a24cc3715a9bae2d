"""An engine is killed, or stands still, with a call to the cloud on its way.

The call is carried out at once and its answer held back, so that the engine
never learns of it. Another takes over when the lease runs out.
"""

import time

import pytest

from tests.functional.standalone.process import eventually
from tests.services.deployment import LEASE

HOLD = {'seconds': 8, 'times': 1}


class Story:
    """A cluster in whose work one call was held, and by whom."""

    def __init__(self, service, cloud):
        self._service = service
        self._cloud = cloud
        self.queue = service.name('story')

    def hold(self, what, operation, ask):
        """Ask, and wait until the call is held."""
        fault = self._cloud.fault(what, operation, 'hang', **HOLD)
        asked = self._cloud.last_request()
        ask()
        eventually(lambda: self._cloud.hits(fault), 'the call')
        self._since = asked
        self._operation = operation
        self.engine = self._service.holder(self.cluster)
        assert self.engine is not None, 'nobody has the cluster in hand'

    def launch(self):
        def ask():
            self.cluster, self.action = self._service.ask_cluster(3)

        self.hold('compute', 'create_servers', ask)
        self.size = 3

    def tell(self):
        self.cluster = self._service.draining_cluster(3, self.queue)
        self.hold('messaging', 'post_messages', self._scale_in)
        self.size = 2

    def delete(self):
        self.cluster = self._service.cluster(3)
        self.hold('compute', 'delete_server', self._scale_in)
        self.size = 2

    def _scale_in(self):
        self.action = self._service.ask(self.cluster, 'scale_in', count=1)

    def other(self):
        (found,) = [
            each for each in self._service.engines if each is not self.engine
        ]
        return found

    def await_takeover(self):
        """Seconds until the other engine has it in hand."""
        began = time.monotonic()
        eventually(
            lambda: (
                self._service.holder(self.cluster) is self.other()
                or self._service.action(self.action)['status']
                not in ('QUEUED', 'RUNNING')
            ),
            'the takeover',
            LEASE + 10,
        )
        return time.monotonic() - began

    def finish(self):
        """What is told is answered; all has come to its end, once."""
        service = self._service
        if service.hooks(self.cluster):
            message = service.messages(self.queue)[0]
            assert service.complete(message).status_code == 200
        found = service.end_of(self.action, 30)
        assert found['status'] == 'SUCCEEDED', found
        self.check()

    def check(self):
        """Nothing is lost, doubled or forgotten."""
        service, cloud = self._service, self._cloud
        service.check_books(self.cluster, self.size)
        if self._operation == 'create_servers':
            # Those that nobody was told of were found, not made again.
            asked = eventually(
                lambda: cloud.asked('create_servers', self._since),
                'the end of the call that was held',
            )
            assert len(asked) == 1
        hooks = service.hooks(self.cluster)
        messages = cloud.messages(self.queue) if hooks else []
        tokens = {each['lifecycle_action_token'] for each in messages}
        assert len(tokens) == len(hooks)


@pytest.fixture
def story(service, cloud):
    return Story(service, cloud)


MOMENTS = pytest.mark.parametrize('moment', ['launch', 'tell', 'delete'])


@MOMENTS
def test_what_a_killed_engine_began_is_finished(
    story, moment, record_property
):
    getattr(story, moment)()
    story.engine.kill()
    seconds = story.await_takeover()
    record_property('seconds from kill to takeover', round(seconds, 2))
    story.finish()


@MOMENTS
def test_an_engine_that_stood_still_commits_nothing(story, moment):
    """It wakes up in mid-pass, believing that the cluster is its own."""
    getattr(story, moment)()
    since = story.engine.log_size()
    story.engine.freeze()
    story.await_takeover()
    story.finish()
    story.engine.thaw()
    story.engine.await_word('another engine took over', since, 40)
    story.check()
