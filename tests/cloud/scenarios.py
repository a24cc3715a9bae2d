"""What our service does on a real cloud, in either of its forms.

What is asserted is what the cloud's own API says. How long it took is
recorded, and never judged.
"""

import contextlib
import json
import pathlib
import sys
import time
from collections.abc import Callable
from collections.abc import Iterator
from typing import Any

import pytest

from tests.cloud import alarms as alarm
from tests.cloud import project as projects
from tests.cloud.alarms import Alarms
from tests.cloud.asked import Asked
from tests.cloud.operator import Operator
from tests.cloud.project import Project
from tests.cloud.standalone import PATIENCE
from tests.cloud.standalone import Standalone
from tests.functional.standalone.process import eventually
from tests.functional.standalone.process import Process

_EXAMPLE = pathlib.Path(__file__).parents[2] / 'examples' / 'drain.py'

#: Where a program finds a cloud's login; an application without has none.
_LOGIN = ('OS_CLOUD', 'OS_CLIENT_CONFIG_FILE', 'HOME', 'XDG_CONFIG_HOME')

#: Seconds until silence is an answer, where a test waits for that.
_SOON = 3

Took = Callable[[str], contextlib.AbstractContextManager[None]]


class Scenarios:
    """A subclass gives `service`; each test has clusters of its own."""

    @pytest.fixture
    def took(self, record_property: Callable[[str, object], None]) -> Took:
        """Record how long what is within takes."""

        @contextlib.contextmanager
        def taking(what: str) -> Iterator[None]:
            began = time.monotonic()
            yield
            record_property(what, f'{time.monotonic() - began:.1f} s')

        return taking

    @pytest.fixture
    def application(
        self, project: Project, tmp_path: pathlib.Path
    ) -> Iterator[Callable[..., Process]]:
        """Starts the example application, with a login or with none."""
        started = []

        def start(queue: str, signed: dict[str, Any] | None = None) -> Process:
            command = [sys.executable, '-u', str(_EXAMPLE), queue]
            login = dict.fromkeys(_LOGIN, '/nonexistent')
            if signed is None:
                login = {
                    'OS_CLIENT_CONFIG_FILE': str(project.clouds_file),
                    'OS_CLOUD': projects.LENT,
                }
            else:
                url = project.session.get_endpoint(service_type='messaging')
                path = tmp_path / 'signed.json'
                path.write_text(json.dumps({'url': url, **signed}))
                command.append(str(path))
            log = project.keeper.log(tmp_path / 'drain.log')
            started.append(Process(command, log, login))
            started[-1].await_line('waiting for messages')
            return started[-1]

        yield start
        for each in started:
            if each.is_alive():
                each.kill()

    # -- growing

    def test_a_large_cluster_comes(
        self,
        service: Standalone,
        project: Project,
        asked: Asked,
        took: Took,
    ) -> None:
        with took(f'0 to {asked.size} members'):
            cluster = service.cluster(asked.size)
        found = project.detailed(cluster)
        assert len(found) == asked.size
        assert {each['status'] for each in found} == {'ACTIVE'}
        assert {each['user_id'] for each in found} == {project.user_id}
        service.check_books(cluster, asked.size)
        with took(f'{asked.size} members to 0'):
            service.clear()
        assert project.servers(cluster) == {}

    def test_a_metric_that_is_too_high_adds_a_member(
        self,
        service: Standalone,
        project: Project,
        alarms: Alarms,
        took: Took,
    ) -> None:
        if not project.has('metric'):
            pytest.skip('the cloud has no Gnocchi')
        cluster = service.cluster(1)
        hook = service.webhook(cluster, 'scale_out', params={'count': 1})
        metric = alarms.on_load(hook['alarm_url'])
        alarms.measure(metric, 91.0)
        with took('from the measure to a member more'):
            self.await_servers(project, cluster, 2)
        self.check_caused_by_aodh(service, cluster)

    def test_an_event_adds_members(
        self,
        service: Standalone,
        project: Project,
        asked: Asked,
        alarms: Alarms,
        took: Took,
    ) -> None:
        if asked.bus is None:
            pytest.skip('AUTOSCALE_CLOUD_BUS is not set')
        cluster = service.cluster(1)
        hook = service.webhook(cluster, 'scale_out', params={'count': 2})
        event_type = alarms.on_event(hook['alarm_url'])
        alarm.tell(asked.bus, event_type, project.id)
        with took('from the event to two members more'):
            self.await_servers(project, cluster, 3)
        self.check_caused_by_aodh(service, cluster)

    # -- shrinking

    @pytest.mark.parametrize('way', ['a login', 'a signed URL'])
    def test_who_leaves_is_deleted_once_it_has_drained(
        self,
        service: Standalone,
        project: Project,
        application: Callable[..., Process],
        queue: str,
        way: str,
        took: Took,
    ) -> None:
        cluster = service.draining_cluster(2, queue, timeout=600)
        action = service.ask(cluster, 'scale_in', count=1)
        (message,) = service.messages(queue)
        leaver = message['resource_id']
        signed = project.share(queue) if way == 'a signed URL' else None
        process = application(queue, signed)
        with took(f'a drain by {way}'):
            self.check_lives_until_answered(service, project, cluster, leaver)
        process.await_line('has drained: answered, 200')
        assert service.end_of(action)['status'] == 'SUCCEEDED'
        eventually(
            lambda: project.server(leaver) is None, 'that it is gone', PATIENCE
        )
        assert len(project.servers(cluster)) == 1
        eventually(
            lambda: not project.messages(queue), 'that the message is deleted'
        )

    def test_members_that_leave_at_once_strand_nobody(
        self, service: Standalone, project: Project
    ) -> None:
        """Nova seeks hosts for them one by one, while some are to go."""
        cluster, _ = service.ask_cluster(8)
        eventually(
            lambda: len(project.servers(cluster)) == 8, 'servers', PATIENCE
        )
        how = {'adjustment_type': 'EXACT_CAPACITY', 'number': 2}
        action = service.ask(cluster, 'resize', **how)
        assert service.end_of(action)['status'] == 'SUCCEEDED'
        self.await_servers(project, cluster, 2)

    def test_who_is_named_leaves_and_no_other(
        self, service: Standalone, project: Project
    ) -> None:
        cluster = service.cluster(3)
        before = project.servers(cluster)
        named = sorted(service.nodes(cluster), key=lambda n: n['name'])[1]
        action = service.ask(cluster, 'scale_in', nodes=[named['name']])
        assert service.end_of(action)['status'] == 'SUCCEEDED'
        eventually(
            lambda: len(project.servers(cluster)) == 2, 'one less', PATIENCE
        )
        gone = set(before) - set(project.servers(cluster))
        assert gone == {named['server_id']}

    def test_silence_is_an_answer_when_the_time_is_up(
        self,
        service: Standalone,
        project: Project,
        queue: str,
    ) -> None:
        cluster = service.draining_cluster(2, queue, timeout=_SOON)
        action = service.ask(cluster, 'scale_in', count=1)
        (message,) = service.messages(queue)
        assert service.end_of(action)['status'] == 'SUCCEEDED'
        (hook,) = service.hooks(cluster)
        assert hook['status'] == 'TIMED_OUT'
        eventually(
            lambda: project.server(message['resource_id']) is None,
            'that it is gone',
            PATIENCE,
        )
        assert len(project.servers(cluster)) == 1

    def test_a_cluster_goes_when_all_of_it_has_drained(
        self,
        service: Standalone,
        project: Project,
        application: Callable[..., Process],
        queue: str,
    ) -> None:
        cluster = service.draining_cluster(2, queue, timeout=600)
        answer = service.call('DELETE', f'/v1/clusters/{cluster}')
        assert answer.status_code == 202
        told = service.messages(queue, 2)
        assert {each['resource_id'] for each in told} == set(
            project.servers(cluster)
        )
        assert set(project.servers(cluster).values()) == {'ACTIVE'}
        process = application(queue)
        eventually(
            lambda: not project.servers(cluster), 'that none is left', PATIENCE
        )
        answered = 'has drained: answered, 200'
        eventually(
            lambda: process.log.read_text().count(answered) == 2,
            'that both have answered',
        )

    # -- trouble

    def test_a_full_quota_is_told_in_novas_words_until_there_is_room(
        self,
        service: Standalone,
        project: Project,
        limits: Operator,
    ) -> None:
        limits.set_quota(project.id, 1)
        cluster, action = service.ask_cluster(2)
        ended = service.end_of(action)
        assert ended['status'] == 'FAILED'
        assert 'Quota exceeded for instances' in ended['status_reason']
        shown = service.await_status(cluster, 'EXHAUSTED')
        assert 'Quota exceeded for instances' in shown['status_reason']
        # Nova may count those of the test before a little longer.
        self.await_servers(project, cluster, 1)
        limits.unset_quotas()
        service.await_status(cluster, 'ACTIVE')
        service.check_books(cluster, 2)

    def test_what_fits_on_no_host_is_told_in_novas_words(
        self,
        service: Standalone,
        project: Project,
        limits: Operator,
    ) -> None:
        flavor = limits.too_large_a_flavor()
        cluster, action = service.ask_cluster(
            1, profile_id=service.profile(flavor=flavor)
        )
        ended = service.end_of(action)
        assert ended['status'] == 'FAILED'
        assert 'No valid host was found' in ended['status_reason']
        shown = service.await_status(cluster, 'EXHAUSTED')
        assert 'No valid host was found' in shown['status_reason']
        answer = service.call('DELETE', f'/v1/clusters/{cluster}?force=true')
        assert answer.status_code == 202
        eventually(
            lambda: not project.servers(cluster), 'that none is left', PATIENCE
        )

    def test_a_server_that_is_deleted_behind_our_back_is_replaced(
        self,
        service: Standalone,
        project: Project,
        took: Took,
    ) -> None:
        cluster = service.cluster(2)
        (lost, _) = project.servers(cluster)
        with took('from the loss to the replacement'):
            project.delete_server(lost)
            eventually(
                lambda: (
                    lost not in (found := project.servers(cluster))
                    and list(found.values()) == ['ACTIVE'] * 2
                ),
                'a replacement',
                PATIENCE,
            )
        service.check_books(cluster, 2)

    # -- what several tests look for

    def await_servers(
        self, project: Project, cluster: str, count: int
    ) -> None:
        wanted = ['ACTIVE'] * count
        eventually(
            lambda: list(project.servers(cluster).values()) == wanted,
            f'{count} servers',
            PATIENCE,
        )

    def check_caused_by_aodh(self, service: Standalone, cluster: str) -> None:
        action = service.actions(cluster)[0]
        assert service.end_of(action['id'])['status'] == 'SUCCEEDED'
        assert action['cause']['type'] == 'webhook'
        assert action['cause']['alarm']['source'] == 'aodh'

    def check_lives_until_answered(
        self, service: Standalone, project: Project, cluster: str, server: str
    ) -> None:
        """Nova has it, ACTIVE, for as long as its hook is not answered."""
        looks = 0
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            found = project.server(server)
            (hook,) = service.hooks(cluster)
            if hook['status'] != 'SENT':
                assert hook['answer'] == 'continue'
                assert looks > 0
                return
            assert found is not None
            assert found['status'] == 'ACTIVE'
            looks += 1
        raise AssertionError('the application did not answer')
