"""API and engine behind Keystone: whose servers they are, and who may see."""

from collections.abc import Iterator
from urllib import parse

import openstack
import pytest
from keystoneauth1 import adapter
from keystoneauth1 import identity

from tests.cloud import alarms as alarm
from tests.cloud import conftest
from tests.cloud.alarms import Alarms
from tests.cloud.asked import Asked
from tests.cloud.daemons import Daemons
from tests.cloud.keeper import Keeper
from tests.cloud.operator import Operator
from tests.cloud.project import Project
from tests.cloud.scenarios import Scenarios
from tests.functional.standalone.process import eventually
from tests.services.servers.rabbitmq import RabbitMQ

SERVICE_TYPE = 'autoscaling'


@pytest.fixture(scope='module')
def bus() -> Iterator[str]:
    """Ours alone: whoever else is on the cloud's may be of another version."""
    server = RabbitMQ()
    yield server.url()
    server.close()


def listed_port(project: Project) -> int | None:
    """Where the catalogue says that we are, if that is this host."""
    if not project.has(SERVICE_TYPE):
        return None
    url = project.session.get_endpoint(service_type=SERVICE_TYPE)
    where = parse.urlsplit(url)
    return where.port if where.hostname == '127.0.0.1' else None


@pytest.fixture(scope='module')
def daemons(
    asked: Asked,
    project: Project,
    operator: Operator,
    keeper: Keeper,
    bus: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Daemons]:
    """They log in as a user that has the role `service` and no other."""
    daemons = Daemons(
        tmp_path_factory.mktemp('daemons') / 'one',
        project,
        keeper,
        spec=asked.spec,
        login=operator.person('service', 'service'),
        bus=bus,
        port=listed_port(project),
    )
    with conftest.nothing_left(daemons, project):
        yield daemons


class TestService(Scenarios):
    @pytest.fixture
    def service(self, daemons: Daemons) -> Iterator[Daemons]:
        yield daemons
        daemons.clear()

    @pytest.fixture
    def newcomer(self, operator: Operator) -> Project:
        """Somebody in a project of their own."""
        return operator.newcomer()

    def test_the_catalogue_leads_to_it_and_to_its_versions(
        self, service: Daemons, project: Project
    ) -> None:
        if listed_port(project) is None:
            pytest.skip('the catalogue does not name autoscale on this host')
        door = adapter.Adapter(
            project.session, service_type=SERVICE_TYPE, version='1'
        )
        data = door.get_endpoint_data()
        assert data is not None
        assert (data.url or '').startswith(service.url)
        assert data.min_microversion == (1, 0)
        assert door.get('/clusters', microversion='1.0').status_code == 200
        through_sdk = openstack.connection.Connection(
            session=project.session
        ).config.get_session_client(SERVICE_TYPE, version='1')
        assert 'clusters' in through_sdk.get('/clusters').json()

    def test_a_trust_is_made_of_the_users_token_and_servers_are_theirs(
        self, service: Daemons, project: Project
    ) -> None:
        cluster = service.cluster(1)
        (server,) = project.detailed(cluster)
        assert server['user_id'] == project.user_id
        assert server['tenant_id'] == project.id
        found = service.get('/v1/credential')['credential']
        assert found['kind'] == 'trust'
        assert found['state'] == 'working'

    def test_an_alarm_that_acts_for_its_owner_needs_no_secret(
        self,
        service: Daemons,
        project: Project,
        asked: Asked,
        alarms: Alarms,
    ) -> None:
        """Aodh's trust+http: with a token of Keystone's, by a trust."""
        if asked.bus is None:
            pytest.skip('AUTOSCALE_CLOUD_BUS is not set')
        cluster = service.cluster(1)
        hook = service.webhook(cluster, 'scale_out', params={'count': 1})
        url = hook['alarm_url'].partition('?')[0]
        event_type = alarms.on_event(f'trust+{url}')
        alarm.tell(asked.bus, event_type, project.id)
        self.await_servers(project, cluster, 2)
        self.check_caused_by_aodh(service, cluster)

    def test_a_revoked_trust_is_seen_and_a_new_request_mends_it(
        self, service: Daemons, project: Project, operator: Operator
    ) -> None:
        """Nova takes tokens that it has seen for some minutes more.

        An engine that is started anew has none, and asks Keystone.
        """
        cluster = service.cluster(1)
        assert operator.revoke_trusts(project.user_id) >= 1
        service.restart_engine()
        shown = service.await_status(cluster, 'LOCKED_OUT')
        assert 'PUT /v1/credential' in shown['status_reason']
        action = service.ask(cluster, 'scale_out', count=1)
        assert service.end_of(action)['status'] == 'SUCCEEDED'
        service.await_status(cluster, 'ACTIVE')
        service.check_books(cluster, 2)
        assert service.events(cluster).count('cluster.locked_out') == 1

    def test_nobody_else_sees_it(
        self, service: Daemons, newcomer: Project
    ) -> None:
        cluster = service.cluster(0)
        theirs = {'X-Auth-Token': newcomer.token()}
        for method, path in (
            ('GET', f'/v1/clusters/{cluster}'),
            ('GET', f'/v1/clusters/{cluster}/nodes'),
            ('DELETE', f'/v1/clusters/{cluster}'),
        ):
            answer = service.call(method, path, headers=theirs)
            assert answer.status_code == 404, path
        answer = service.call('GET', '/v1/clusters', headers=theirs)
        assert answer.json()['clusters'] == []
        answer = service.call(
            'GET',
            '/v1/clusters',
            headers={'X-Auth-Token': 'none-of-keystones'},
        )
        assert answer.status_code == 401

    def test_who_can_make_no_trust_is_told_what_to_do(
        self, service: Daemons, newcomer: Project, asked: Asked
    ) -> None:
        """An application credential's token; then the credential itself."""
        made = newcomer.application_credential()
        headers = {'X-Auth-Token': self.delegated(newcomer, made)}
        profile = service.post(
            '/v1/profiles',
            {
                'profile': {
                    'name': 'theirs',
                    'type': 'server',
                    'spec': asked.spec,
                }
            },
            headers=headers,
        )['profile']['id']
        wanted = {
            'cluster': {
                'name': 'theirs',
                'profile_id': profile,
                'desired_capacity': 1,
            }
        }
        answer = service.call('POST', '/v1/clusters', wanted, headers=headers)
        assert answer.status_code == 409
        (error,) = answer.json()['errors']
        assert error['code'] == 'autoscaling.credential_required'
        assert 'PUT /v1/credential' in error['detail']
        service.call(
            'PUT',
            '/v1/credential',
            {
                'credential': {
                    'kind': 'application_credential',
                    'application_credential_id': made['id'],
                    'application_credential_secret': made['secret'],
                }
            },
            headers=headers,
        ).raise_for_status()
        said = service.post('/v1/clusters', wanted, headers=headers)
        cluster = said['cluster']['id']
        eventually(
            lambda: list(newcomer.servers(cluster).values()) == ['ACTIVE'],
            'their server',
            120,
        )
        path = f'/v1/clusters/{cluster}'
        service.call('DELETE', f'{path}?force=true', headers=headers)
        eventually(newcomer.is_empty, 'that it is gone', 120)
        eventually(
            lambda: (
                service.call('GET', path, headers=headers).status_code == 404
            ),
            'that the cluster is gone',
            60,
        )

    def delegated(self, of: Project, made: dict[str, str]) -> str:
        """A token of an application credential."""
        auth = identity.V3ApplicationCredential(
            of.connection.config.config['auth']['auth_url'],
            application_credential_id=made['id'],
            application_credential_secret=made['secret'],
        )
        return of.keeper.secret('token', auth.get_token(of.session) or '')
