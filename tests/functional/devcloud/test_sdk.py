"""openstacksdk finds its way by the clouds.yaml that the cloud writes."""

import openstack
import pytest
from openstack import config


@pytest.fixture
def connection(cloud, tmp_path):
    path = tmp_path / 'clouds.yaml'
    path.write_text(cloud.clouds_yaml())
    loader = config.OpenStackConfig(config_files=[str(path)])
    opened = openstack.connection.Connection(config=loader.get_one('devcloud'))
    yield opened
    opened.close()
    opened.session.session.close()


def test_the_sdk_makes_and_deletes_a_server(connection):
    image = connection.image.find_image('cirros')
    flavor = connection.compute.find_flavor('small')
    network = connection.network.find_network('private')
    server = connection.compute.create_server(
        name='sdk',
        image_id=image.id,
        flavor_id=flavor.id,
        networks=[{'uuid': network.id}],
    )
    server = connection.compute.wait_for_server(server, interval=0.05)
    assert server.status == 'ACTIVE'
    assert 'private' in server.addresses
    connection.compute.delete_server(server)
    connection.compute.wait_for_delete(server, interval=0.05)


def test_the_sdk_posts_messages(connection):
    queue = connection.message.create_queue(name='q')
    connection.message.post_message(queue.name, [{'body': 1, 'ttl': 60}])
    assert [each.name for each in connection.message.queues()] == ['q']
    (message,) = connection.message.messages('q', echo=True)
    assert message.body == 1


def test_what_is_not_there_is_not_found(connection):
    assert connection.image.find_image('none') is None
    assert connection.network.find_network('none') is None
    assert connection.compute.find_flavor('none') is None
