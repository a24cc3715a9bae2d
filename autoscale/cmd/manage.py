"""autoscale-manage: what an operator does to the database and its keys."""

import json
import sys
from collections.abc import Sequence
from typing import Any

from oslo_config import cfg

from autoscale import exceptions
from autoscale.cmd import configuration
from autoscale.db import credential as credential_rows
from autoscale.db import database
from autoscale.db import engine as engine_rows
from autoscale.db import keys
from autoscale.db import migration
from autoscale.engine.keepers import prune

NAME = 'autoscale-manage'

#: Credentials that are encrypted anew in one transaction.
SLICE = 100


def _db_sync(conf: cfg.ConfigOpts) -> int:
    migration.db_sync(conf)
    return _db_version(conf)


def _db_version(conf: cfg.ConfigOpts) -> int:
    print(migration.db_version(conf) or 'empty')
    return 0


def _prune(conf: cfg.ConfigOpts) -> int:
    db = database.Database(conf)
    keep = (
        conf.engine.keep_records
        if conf.command.older_than is None
        else conf.command.older_than
    )
    pruned = prune.Prune(db, keep).run_once()
    print(json.dumps(pruned, sort_keys=True))
    return 0


def _engine_list(conf: cfg.ConfigOpts) -> int:
    db = database.Database(conf)
    now, interval = db.now(), conf.engine.heartbeat_interval
    print(f'{"id":36}  {"host":24} {"pid":>7}  {"state":8} seen')
    for each in db.read(engine_rows.list):
        state = 'up' if each.is_alive(now, interval) else 'down'
        if each.stopped_at is not None:
            state = 'stopped'
        seen = each.seen_at.strftime('%Y-%m-%dT%H:%M:%SZ')
        print(f'{each.id:36}  {each.host:24} {each.pid:7}  {state:8} {seen}')
    return 0


def _generate_key(conf: cfg.ConfigOpts) -> int:
    path = conf.credentials.key_file
    count = keys.generate(path)
    print(f'{path}: {count} {"key" if count == 1 else "keys"}')
    return 0


def _promote_key(conf: cfg.ConfigOpts) -> int:
    path = conf.credentials.key_file
    keys.Keys(path).check()
    count = keys.promote(path)
    print(f'{path}: the last of {count} keys is the first now')
    return 0


def _rotate(conf: cfg.ConfigOpts) -> int:
    """Fails if one cannot be read, so that its key is not taken away."""
    db, own = database.Database(conf), keys.Keys(conf.credentials.key_file)
    own.check()
    done, unreadable, last = 0, 0, ''
    while True:
        seen, bad = db.write(
            credential_rows.renew_slice, last, SLICE, own.renew
        )
        if not seen:
            break
        done, unreadable = done + len(seen) - len(bad), unreadable + len(bad)
        last = seen[-1]
    print(f'{done} encrypted with the first key, {unreadable} unreadable')
    return 1 if unreadable else 0


def _add_credential_commands(parsers: Any) -> None:
    credential = parsers.add_parser(
        'credential', help="users' credentials, and the keys to them"
    )
    verbs = credential.add_subparsers(dest='verb', required=True)
    generate = verbs.add_parser(
        'generate-key', help='add a key to [credentials] key_file, as its last'
    )
    generate.set_defaults(run=_generate_key)
    promote = verbs.add_parser(
        'promote-key', help='have the last key of the file encrypt'
    )
    promote.set_defaults(run=_promote_key)
    rotate = verbs.add_parser(
        'rotate', help='encrypt all stored credentials with the first key'
    )
    rotate.set_defaults(run=_rotate)


def _add_commands(parsers: Any) -> None:
    db = parsers.add_parser('db', help='the database schema')
    verbs = db.add_subparsers(dest='verb', required=True)
    sync = verbs.add_parser('sync', help='bring the schema up to date')
    sync.set_defaults(run=_db_sync)
    version = verbs.add_parser('version', help="print the schema's revision")
    version.set_defaults(run=_db_version)
    old = parsers.add_parser('prune', help='remove old records, in slices')
    old.add_argument(
        '--older-than',
        type=int,
        metavar='SECONDS',
        help='instead of [engine] keep_records',
    )
    old.set_defaults(run=_prune)
    _add_credential_commands(parsers)
    engine = parsers.add_parser('engine', help='the engines')
    verbs = engine.add_subparsers(dest='verb', required=True)
    listed = verbs.add_parser('list', help='who is up, by their heartbeats')
    listed.set_defaults(run=_engine_list)


def main(arguments: Sequence[str] | None = None) -> int:
    """Do one thing; the exit status."""
    conf = configuration.make(
        arguments,
        name=NAME,
        more=[
            cfg.SubCommandOpt(
                'command', handler=_add_commands, title='commands'
            )
        ],
        defaults={(None, 'use_stderr'): True},
    )
    if not hasattr(conf.command, 'run'):
        print(f'{NAME}: say what to do; see --help', file=sys.stderr)
        return 2
    try:
        status: int = conf.command.run(conf)
    except (exceptions.AutoscaleError, OSError) as error:
        print(f'{NAME}: {error}', file=sys.stderr)
        return 1
    return status
