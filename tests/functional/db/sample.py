"""Rows as tests want them: whole, ordinary, and different where asked."""

import dataclasses
import uuid
from datetime import datetime
from datetime import timedelta
from datetime import UTC

from autoscale.model import action as actions
from autoscale.model import hook as hooks
from autoscale.model import node as nodes
from autoscale.model.action import Action
from autoscale.model.binding import Binding
from autoscale.model.cluster import Cluster
from autoscale.model.credential import Credential
from autoscale.model.event import Event
from autoscale.model.hook import Hook
from autoscale.model.node import Node
from autoscale.model.policy import Policy
from autoscale.model.profile import Profile
from autoscale.model.webhook import Webhook

#: A time with microseconds, which every database has to keep.
THEN = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)
TOKEN_HASH = '5' * 64


def new_id():
    return str(uuid.uuid4())


def _make(model, given, defaults):
    values = {field.name: None for field in dataclasses.fields(model)}
    for name, value in {'project_id': 'p1', 'user_id': 'u1'}.items():
        if name in values:
            values[name] = value
    if 'created_at' in values:
        values['created_at'] = THEN
    if 'id' in values:
        values['id'] = new_id()
    return model(**{**values, **defaults, **given})


def profile(**given):
    defaults = {'name': 'small', 'type': 'server', 'spec': {}, 'metadata': {}}
    return _make(Profile, given, defaults)


def policy(**given):
    defaults = {'name': 'out', 'type': 'scaling', 'spec': {'event': 'out'}}
    return _make(Policy, given, {**defaults, 'metadata': {}})


def cluster(**given):
    return _make(
        Cluster,
        given,
        {
            'name': 'web',
            'profile_id': new_id(),
            'min_size': 0,
            'max_size': -1,
            'desired_capacity': 2,
            'status': 'ACTIVE',
            'metadata': {'tier': 'front'},
            'next_index': 0,
            'is_deleting': False,
            'is_forced': False,
            'capacity_failures': 0,
        },
    )


def credential(**given):
    return _make(
        Credential,
        given,
        {
            'kind': 'trust',
            'sealed': 'sealed',
            'state': 'working',
            'failures': 0,
        },
    )


def node(**given):
    return _make(
        Node,
        given,
        {
            'cluster_id': new_id(),
            'name': 'web-1',
            'index': 1,
            'profile_id': new_id(),
            'status': nodes.ACTIVE,
            'launch_attempts': 0,
            'metadata': {},
            'keep_server': False,
            'is_forced': False,
        },
    )


def action(**given):
    return _make(
        Action,
        given,
        {
            'cluster_id': new_id(),
            'cluster_name': 'web',
            'kind': actions.SCALE_OUT,
            'status': actions.QUEUED,
            'inputs': {'count': 1},
            'cause': {'type': 'request'},
        },
    )


def binding(**given):
    return _make(
        Binding,
        given,
        {
            'policy_name': 'out',
            'policy_type': 'scaling',
            'policy_spec': {},
            'enabled': True,
            'observe_only': False,
            'priority': 100,
        },
    )


def hook(now, **given):
    """A hook with its message out, an hour before its deadline."""
    return _make(
        Hook,
        given,
        {
            'cluster_id': new_id(),
            'node_id': new_id(),
            'status': hooks.SENT,
            'token': 'secret',
            'token_hash': TOKEN_HASH,
            'type': 'zaqar',
            'params': {'queue': 'q'},
            'body': {},
            'timeout': 3600,
            'grace_period': 0,
            'heartbeat_limit': 7200,
            'on_timeout': hooks.CONTINUE,
            'deadline': now + timedelta(seconds=3600),
            'attempts': 1,
            'created_at': now,
        },
    )


def webhook(**given):
    return _make(
        Webhook,
        given,
        {
            'name': 'out',
            'cluster_id': new_id(),
            'action': actions.SCALE_OUT,
            'params': {},
            'states': ['alarm'],
            'token_hash': TOKEN_HASH,
            'enabled': True,
            'allowed_cidrs': [],
            'triggered': 0,
            'ignored': 0,
        },
    )


def event(**given):
    defaults = {'level': 'info', 'type': 'test', 'message': 'it was'}
    return _make(Event, given, {**defaults, 'details': {}})
