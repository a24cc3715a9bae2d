"""What is remembered of the requests."""

from autoscale.devcloud import traffic


def record(traffic_seen, operation, path='/'):
    traffic_seen.record(
        'compute',
        operation,
        method='GET',
        path=path,
        status=200,
        ids=[],
        received_at=1.0,
        seconds=0.1,
    )


def test_operations_are_counted():
    seen = traffic.Traffic()
    for operation in ('list', 'list', 'show'):
        record(seen, operation)
    assert seen.counts() == {'compute.list': 2, 'compute.show': 1}
    seen.clear()
    assert seen.counts() == {}


def test_only_the_last_requests_are_remembered():
    seen = traffic.Traffic(remembered=3)
    for number in range(5):
        record(seen, 'list', path=f'/{number}')
    found, last = seen.since(0)
    assert [entry['path'] for entry in found] == ['/2', '/3', '/4']
    assert last == 5


def test_one_can_go_on_where_one_stopped():
    seen = traffic.Traffic()
    record(seen, 'list')
    _, last = seen.since(0)
    assert seen.since(last) == ([], 1)
    record(seen, 'show')
    found, _ = seen.since(last)
    assert [entry['operation'] for entry in found] == ['show']
