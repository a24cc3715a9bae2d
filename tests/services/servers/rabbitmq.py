"""A RabbitMQ server, with a name server of Erlang's to itself."""

from tests.functional.standalone import process as processes
from tests.services.servers import server

_USER = 'autoscale'
_PASSWORD = 'secret'


class RabbitMQ(server.Server):
    package = 'rabbitmq-server'
    user = 'rabbitmq'
    ready = 'Server startup complete'

    def prepare(self) -> None:
        # The one on the path is Debian's, which is for the host's own.
        self._server = self.program('rabbitmq-server', '/usr/lib/rabbitmq/bin')
        self._epmd = self.program('epmd')
        self._epmd_port = processes.free_port()
        self._distribution_port = processes.free_port()
        self._names: processes.Process | None = None
        (self.place / 'enabled_plugins').write_text('[].\n')
        (self.place / 'rabbitmq.conf').write_text(
            f'listeners.tcp.1 = 127.0.0.1:{self.port}\n'
            f'default_user = {_USER}\n'
            f'default_pass = {_PASSWORD}\n'
            'log.console = true\n'
            'log.console.level = info\n'
            'log.file = false\n'
            'disk_free_limit.absolute = 50MB\n'
        )

    def make(self) -> None:
        # A broker that finds none would leave one behind.
        self._names = self.spawn([self._epmd])

    def command(self) -> list[str]:
        return [self._server]

    def environment(self) -> dict[str, str]:
        return {
            # The broker takes the place of the script that starts it.
            'detached': 'yes',
            'RABBITMQ_NODENAME': 'autoscale@localhost',
            'RABBITMQ_CONFIG_FILE': f'{self.place}/rabbitmq',
            'RABBITMQ_ENABLED_PLUGINS_FILE': f'{self.place}/enabled_plugins',
            'RABBITMQ_MNESIA_BASE': f'{self.place}/mnesia',
            'RABBITMQ_LOG_BASE': f'{self.place}/log',
            'RABBITMQ_PID_FILE': f'{self.place}/pid',
            'RABBITMQ_DIST_PORT': str(self._distribution_port),
            # Two threads, that do not spin while they wait.
            'RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS': '+S 2:2 +sbwt none',
            'ERL_EPMD_PORT': str(self._epmd_port),
            'ERL_EPMD_ADDRESS': '127.0.0.1',
        }

    def close(self) -> None:
        super().close()
        if self._names is not None and self._names.is_alive():
            self._names.kill()

    def queues(self) -> list[str]:
        """The names of all that it keeps."""
        control = self.program('rabbitmqctl', '/usr/lib/rabbitmq/bin')
        said = self.run(
            [
                control,
                '--node=autoscale@localhost',
                '--quiet',
                'list_queues',
                '--no-table-headers',
                'name',
            ]
        )
        return said.split()

    def url(self) -> str:
        """What oslo.messaging's transport_url is set to."""
        return f'rabbit://{_USER}:{_PASSWORD}@127.0.0.1:{self.port}/'
