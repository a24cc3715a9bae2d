import pytest
from oslo_config import cfg

from autoscale import exceptions
from autoscale.clients.keystone import Sessions
from autoscale.clients.nova import Nova
from autoscale.conf import cloud as options
from autoscale.devcloud.identity import people
from tests.fakes import cloud as clouds


@pytest.fixture
def cloud():
    with clouds.running() as cloud:
        yield cloud


@pytest.fixture
def made(tmp_path):
    """Makes Sessions of a configuration file, and closes what they opened."""
    opened = []

    def make(text):
        path = tmp_path / 'autoscale.conf'
        path.write_text(text)
        conf = cfg.ConfigOpts()
        options.register_opts(conf)
        conf([], default_config_files=[str(path)])
        sessions = Sessions(conf)
        opened.append(sessions)
        return sessions

    yield make
    for sessions in opened:
        if sessions._made is not None:
            sessions._made.session.session.close()


@pytest.fixture
def clouds_file(cloud, tmp_path):
    path = tmp_path / 'clouds.yaml'
    path.write_text(cloud.clouds_yaml())
    return path


def service_auth(cloud):
    domain = people.DOMAIN['id']
    return f"""
[service_auth]
auth_type = password
auth_url = {cloud.auth_url}
username = demo
password = {people.PASSWORD}
project_name = demo
user_domain_id = {domain}
project_domain_id = {domain}
"""


def test_a_cloud_of_clouds_yaml_is_logged_in_to(made, clouds_file):
    sessions = made(
        f'[cloud]\nos_cloud = devcloud\nclouds_file = {clouds_file}\n'
    )
    access = sessions.session_for('project', 'user')
    assert (access.region_name, access.interface) == ('RegionOne', 'public')
    assert Nova(*access).list_servers() == []


def test_clouds_yaml_is_found_where_the_environment_says(
    made, clouds_file, monkeypatch
):
    monkeypatch.setenv('OS_CLIENT_CONFIG_FILE', str(clouds_file))
    access = made('[cloud]\nos_cloud = devcloud\n').session_for()
    assert Nova(*access).list_servers() == []


def test_a_login_of_the_environment_is_not_mixed_in(
    made, clouds_file, monkeypatch
):
    monkeypatch.setenv('OS_PASSWORD', 'of-somebody-else')
    monkeypatch.setenv('OS_USERNAME', 'somebody-else')
    sessions = made(
        f'[cloud]\nos_cloud = devcloud\nclouds_file = {clouds_file}\n'
    )
    assert Nova(*sessions.session_for()).list_servers() == []


def test_the_service_logs_in_with_its_own_credential(made, cloud):
    access = made(service_auth(cloud)).session_for('project', 'user')
    assert Nova(*access).list_servers() == []


def test_options_outrank_clouds_yaml(made, clouds_file):
    access = made(
        f"""
[cloud]
os_cloud = devcloud
clouds_file = {clouds_file}
region_name = Elsewhere
interface = internal
timeout = 7
"""
    ).session_for()
    assert (access.region_name, access.interface) == ('Elsewhere', 'internal')
    assert access.session.timeout == 7


def test_everybody_shares_one_session_and_one_token(made, cloud):
    sessions = made(service_auth(cloud))
    one, other = sessions.session_for('a', 'b'), sessions.session_for('c', 'd')
    assert one == other
    Nova(*one).list_servers()
    Nova(*other).list_servers()
    assert cloud.stats()['identity.create_token'] == 1


@pytest.mark.parametrize(
    ('text', 'why'),
    [
        ('', 'neither'),
        ('[cloud]\nos_cloud = none-such\n', 'none-such'),
        ('[service_auth]\nauth_type = pigeon\n', 'pigeon'),
    ],
)
def test_what_is_not_configured_is_said(
    made, text, why, monkeypatch, tmp_path
):
    monkeypatch.setenv('OS_CLIENT_CONFIG_FILE', str(tmp_path / 'none.yaml'))
    with pytest.raises(exceptions.CredentialDoesNotWork, match=why):
        made(text).session_for()


def test_options_are_listed_with_the_ways_to_log_in():
    groups = dict(options.list_opts())
    names = {each.name for each in groups['service_auth']}
    assert {'auth-type', 'auth-url', 'username', 'cafile'} <= {
        name.replace('_', '-') for name in names
    }
    assert 'os_cloud' in {each.name for each in groups['cloud']}
