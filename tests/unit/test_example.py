"""The example application: short, and right about every message."""

import importlib.util
import pathlib
import types

import pytest
import requests

PATH = pathlib.Path(__file__).parents[2] / 'examples' / 'drain.py'

URL = 'http://service/v1/hooks/h1/complete'


@pytest.fixture
def example(monkeypatch):
    """The module, with a drain that only notes who drained."""
    spec = importlib.util.spec_from_file_location('drain', PATH)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.drained = []
    monkeypatch.setattr(module, 'drain', module.drained.append)
    return module


@pytest.fixture
def answered(monkeypatch):
    """Posts are kept here; `status` is what they are answered."""
    kept = types.SimpleNamespace(posts=[], status=200)

    def post(url, json, timeout):
        kept.posts.append((url, json))
        return types.SimpleNamespace(status_code=kept.status)

    monkeypatch.setattr(requests, 'post', post)
    return kept


def message(transition='termination'):
    return types.SimpleNamespace(
        body={
            'lifecycle_transition_type': transition,
            'lifecycle_action_token': 'secret',
            'node_name': 'web-1',
            'resource_id': 's1',
            'complete_url': URL,
        }
    )


def test_it_is_short_enough_to_start_from():
    assert PATH.read_text().count('\n') <= 80


def test_it_drains_and_gives_the_token_back(example, answered):
    assert example.handle(message()) is True
    assert example.drained == ['s1']
    words = {'lifecycle_action_token': 'secret', 'result': 'continue'}
    assert answered.posts == [(URL, words)]


def test_a_server_that_stays_after_all_is_not_drained(example, answered):
    assert example.handle(message('termination-rescinded')) is True
    assert example.drained == answered.posts == []


@pytest.mark.parametrize('status, is_done', [(409, True), (503, False)])
def test_a_message_is_kept_while_an_answer_may_still_do(
    example, answered, status, is_done
):
    answered.status = status
    assert example.handle(message()) is is_done


def test_the_secret_is_not_printed(example, answered, capsys):
    example.handle(message())
    assert 'secret' not in capsys.readouterr().out


def test_with_a_signed_url_it_needs_no_account(example, monkeypatch, tmp_path):
    told = []
    monkeypatch.setattr(
        example.client, 'Client', lambda *at, **how: told.append((at, how))
    )
    path = tmp_path / 'signed.json'
    path.write_text(
        '{"url": "http://zaqar", "project": "p1", "signature": "abc"}'
    )
    example.connect(path)
    (((url,), how),) = told
    assert url == 'http://zaqar'
    auth = how['conf']['auth_opts']
    assert auth['backend'] == 'signed-url'
    assert auth['options']['os_project_id'] == 'p1'
    assert auth['options']['signature'] == 'abc'
