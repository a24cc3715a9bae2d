"""One file a noun: who may do what."""

import itertools

from oslo_config import cfg
from oslo_policy import policy as oslo

from autoscale.api.rules import action
from autoscale.api.rules import base
from autoscale.api.rules import binding
from autoscale.api.rules import cluster
from autoscale.api.rules import credential
from autoscale.api.rules import engine
from autoscale.api.rules import event
from autoscale.api.rules import hook
from autoscale.api.rules import node
from autoscale.api.rules import policy as policies
from autoscale.api.rules import profile
from autoscale.api.rules import webhook

_NOUNS = (
    base,
    profile,
    policies,
    cluster,
    binding,
    node,
    hook,
    webhook,
    action,
    event,
    credential,
    engine,
)


def list_rules() -> list[oslo.RuleDefault]:
    """Every rule, for oslopolicy-sample-generator and for `enforcer`."""
    return list(
        itertools.chain.from_iterable(each.list_rules() for each in _NOUNS)
    )


def enforcer(conf: cfg.ConfigOpts) -> oslo.Enforcer:
    """What answers whether a caller may; reads the operator's file too."""
    made = oslo.Enforcer(conf)
    made.register_defaults(list_rules())
    return made


def get_enforcer() -> oslo.Enforcer:
    """For oslopolicy-policy-generator and its kin, which pass nothing."""
    conf = cfg.ConfigOpts()
    conf([], project='autoscale')
    return enforcer(conf)
