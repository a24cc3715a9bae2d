"""Ten thousand servers: it works; how fast is for the benchmarks."""

from autoscale.devcloud import DevCloud


def test_ten_thousand_servers_come_and_are_found(cloud, nova):
    cloud.change({'build_seconds': 0})
    image = DevCloud.image_id('cirros')
    for batch in range(10):
        nova.servers.create(
            f'b{batch}',
            image,
            '1',
            nics='none',
            tags=['all', f'batch:{batch}'],
            min_count=1000,
            reservation_id=True,
        )
    found = nova.servers.list(
        detailed=False, search_opts={'tags': 'batch:7'}, limit=-1
    )
    assert len({server.id for server in found}) == 1000
    assert all(server.name.startswith('b7-') for server in found)
    everything = nova.servers.list(
        detailed=False, search_opts={'tags': 'all'}, limit=-1
    )
    assert len({server.id for server in everything}) == 10_000
    assert cloud.stats()['compute.list_servers'] == 2 + 11
