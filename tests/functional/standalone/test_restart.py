"""The service may end at any moment: its successor finishes the work."""

import signal

import pytest

from tests.functional.standalone.process import eventually

ENDS = pytest.mark.parametrize(
    'end', [signal.SIGTERM, signal.SIGKILL], ids=['term', 'kill']
)


@ENDS
def test_a_scale_out_is_finished_by_the_next_process(cloud, a_service, end):
    service = a_service()
    cloud.set(build_seconds=1.5)
    cluster, action = service.ask_cluster(4)
    eventually(lambda: len(cloud.servers(cluster)) == 4)
    service.restart(end)
    assert service.end_of(action)['status'] == 'SUCCEEDED'
    service.check_books(cluster, 4)
