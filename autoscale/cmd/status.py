"""autoscale-status: may this installation be upgraded?"""

import sys

from oslo_config import cfg
from oslo_upgradecheck import upgradecheck

from autoscale import conf as options
from autoscale import exceptions
from autoscale import plugins
from autoscale.db import keys
from autoscale.db import migration


class Checks(upgradecheck.UpgradeCommands):
    """Each check answers success, warning or failure, with a sentence."""

    def __init__(self, conf: cfg.ConfigOpts) -> None:
        super().__init__()
        self._conf = conf

    def _check_database(self) -> upgradecheck.Result:
        try:
            version = migration.db_version(self._conf)
        except Exception as error:  # whatever a driver may raise
            return upgradecheck.Result(
                upgradecheck.Code.FAILURE,
                f'the database does not answer: {type(error).__name__}',
            )
        if version == migration.head():
            return upgradecheck.Result(upgradecheck.Code.SUCCESS)
        return upgradecheck.Result(
            upgradecheck.Code.FAILURE,
            f'the schema is at {version or "nothing"}, and this version '
            f'needs {migration.head()}: run autoscale-manage db sync',
        )

    def _check_plugins(self) -> upgradecheck.Result:
        try:
            for namespace in (
                plugins.POLICIES,
                plugins.HOOKS,
                plugins.PROFILES,
                plugins.ALARMS,
            ):
                plugins.load(namespace)
        except exceptions.PlugInBroken as broken:
            return upgradecheck.Result(upgradecheck.Code.FAILURE, str(broken))
        return upgradecheck.Result(upgradecheck.Code.SUCCESS)

    def _check_keys(self) -> upgradecheck.Result:
        try:
            keys.check(self._conf)
        except exceptions.KeysUnusable as error:
            return upgradecheck.Result(upgradecheck.Code.FAILURE, str(error))
        return upgradecheck.Result(upgradecheck.Code.SUCCESS)

    _upgrade_checks = (
        ('Database schema', _check_database),
        ('Keys of credentials', _check_keys),
        ('Plug-ins', _check_plugins),
    )


def main() -> int:
    """Check; the exit status is oslo.upgradecheck's."""
    conf = cfg.ConfigOpts()
    options.register(conf)
    result: int = upgradecheck.main(
        conf, project='autoscale', upgrade_command=Checks(conf)
    )
    return result


if __name__ == '__main__':
    sys.exit(main())
