"""Ids that go along with what is done for somebody."""

import io
import json
import logging
import threading

import pytest
from oslo_log import formatters

from autoscale import context
from autoscale.clients import tracing

ONE = context.Asker(request_id='req-1', user_id='u1', project_id='p1')
OTHER = context.Asker(request_id='req-2', global_request_id='req-theirs')


@pytest.fixture(autouse=True)
def nobody(monkeypatch):
    """What this thread did before was for somebody, who is forgotten."""
    from oslo_context import context as oslo

    monkeypatch.setattr(oslo, '_request_store', threading.local())


def test_who_works_for_nobody_sends_no_id():
    with context.on_behalf_of(None):
        assert tracing.headers() == {}


def test_the_id_holds_until_the_end_and_no_longer():
    before = context.outgoing_id()
    with context.on_behalf_of(ONE):
        assert tracing.headers() == {'X-OpenStack-Request-ID': 'req-1'}
        with context.on_behalf_of(OTHER):
            assert context.outgoing_id() == 'req-theirs'
        assert context.outgoing_id() == 'req-1'
    assert context.outgoing_id() == before


def test_a_structured_line_has_the_ids():
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(formatters.JSONFormatter())
    log = logging.getLogger('test_context')
    log.setLevel(logging.INFO)
    log.addHandler(handler)
    with context.on_behalf_of(OTHER):
        log.info('cluster %s: hello', 'c1')
    log.removeHandler(handler)
    line = json.loads(stream.getvalue())
    assert line['message'] == 'cluster c1: hello'
    assert line['context']['request_id'] == 'req-2'
    assert line['context']['global_request_id'] == 'req-theirs'
