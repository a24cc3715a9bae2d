"""All that our commands import, also what they import once they run.

The server that forks them imports this, and nobody else does.
"""

import gc
import importlib

from tests.kills import born  # noqa: F401  (the commands)

for each in (
    'keystoneauth1.loading._plugins.identity.v3',
    'kombu.transport.memory',
    'novaclient.v2.client',
    'openstack.config',
    'oslo_messaging._drivers.impl_rabbit',
    'psycopg2',
    'pymysql',
    'sqlalchemy.dialects.mysql.pymysql',
    'sqlalchemy.dialects.postgresql.psycopg2',
    'zaqarclient.queues.v2.client',
):
    importlib.import_module(each)

# Pages that nobody writes to are shared by all forks.
gc.collect()
gc.freeze()
