"""The DevStack plugin: run with stand-ins for DevStack's own functions."""

import pathlib
import subprocess

import pytest
from oslo_config import cfg
from oslo_log import log

from autoscale import conf as options

ROOT = pathlib.Path(__file__).resolve().parents[2]

#: What the plugin finds when stack.sh sources it: each function says that it
#: was called, and with what.
DEVSTACK = """
set -eu
for each in setup_develop iniset iniset_rpc_backend run_process stop_process \
    configure_keystone_authtoken_middleware write_uwsgi_config \
    remove_uwsgi_config create_service_user get_or_create_service \
    get_or_create_endpoint recreate_database enable_service sudo rm; do
    eval "function $each { printf '%s\\t' $each \\"\\$@\\"; echo; }"
done
function database_connection_url { echo "mysql+pymysql://root@db/$1"; }
function get_python_exec_prefix { echo "$BIN"; }
DEST=/opt/stack STACK_USER=stack REGION_NAME=RegionOne
SERVICE_PROTOCOL=http SERVICE_HOST=controller ENABLE_DEBUG_LOG_LEVEL=True
source devstack/settings
source devstack/plugin.sh "$@"
"""


@pytest.fixture
def stack(tmp_path):
    manage = tmp_path / 'autoscale-manage'
    manage.write_text('#!/bin/sh\necho "manage\t$*"\n')
    manage.chmod(0o755)

    def run(*phase):
        done = subprocess.run(
            ['bash', '-c', DEVSTACK, 'stack.sh', *phase],
            cwd=ROOT,
            env={'BIN': str(tmp_path), 'PATH': '/usr/bin:/bin'},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return [
            line.rstrip('\t').split('\t') for line in done.stdout.split('\n')
        ]

    return run


def test_each_option_that_it_sets_is_one_of_ours(stack):
    conf = cfg.ConfigOpts()
    log.register_options(conf)
    options.register(conf)
    conf([])
    said = stack('stack', 'post-config')
    ours = [
        each
        for each in said
        if each[:2] == ['iniset', '/etc/autoscale/autoscale.conf']
    ]
    assert len(ours) > 5
    for _, _, group, name, value in ours:
        conf.set_override(name, value, None if group == 'DEFAULT' else group)


def test_the_phases_do_what_the_guide_says_in_order(stack):
    assert ['setup_develop', '/opt/stack/autoscale'] in stack(
        'stack', 'install'
    )
    said = stack('stack', 'post-config')
    calls = [each[0] for each in said]
    for earlier, later in (
        ('configure_keystone_authtoken_middleware', 'manage'),
        ('create_service_user', 'get_or_create_endpoint'),
        ('recreate_database', 'manage'),
    ):
        assert calls.index(earlier) < calls.index(later)
    done = [
        each[1].partition('.conf ')[2] for each in said if each[0] == 'manage'
    ]
    assert done == ['db sync', 'credential generate-key']
    started = [
        each[1] for each in stack('stack', 'extra') if each[0] == 'run_process'
    ]
    stopped = [
        each[1] for each in stack('unstack') if each[0] == 'stop_process'
    ]
    assert (
        set(started) == set(stopped) == {'autoscale-api', 'autoscale-engine'}
    )
