"""Whether what goes to MariaDB is encrypted is as its URL says."""

import pytest
import sqlalchemy as sa

from autoscale.db import connecting
from tests.fakes import authority
from tests.services.servers import mariadb


class MariaDB(mariadb.MariaDB):
    """One with a certificate that it signed itself."""

    def prepare(self):
        super().prepare()
        authority.certified(self.place, 'database')
        self.certificate = self.place / 'authority.pem'

    def command(self):
        return [
            *super().command(),
            f'--ssl-cert={self.place}/server.pem',
            f'--ssl-key={self.place}/server.pem',
        ]


@pytest.fixture(scope='module')
def server():
    server = MariaDB()
    yield server
    server.close()


@pytest.fixture(scope='module')
def url(server):
    return server.database('autoscale')


def _ciphers(url, count=2):
    """By what each of some connections is encrypted; none is ''."""
    engine = sa.create_engine(connecting.prepare(url))
    open_at_once = [engine.connect() for _ in range(count)]
    ask = "SHOW STATUS LIKE 'Ssl_cipher'"
    found = [each.exec_driver_sql(ask).one()[1] for each in open_at_once]
    for each in open_at_once:
        each.close()
    engine.dispose()
    return found


def test_what_the_server_offers_is_taken(url):
    assert all(_ciphers(url))


def test_an_authority_that_is_named_is_asked(url, server):
    named = f'{url}?ssl_ca={server.certificate}&ssl_check_hostname=false'
    assert all(_ciphers(named))


def test_who_has_another_name_is_refused(url, server):
    with pytest.raises(sa.exc.OperationalError, match='127.0.0.1'):
        _ciphers(f'{url}?ssl_ca={server.certificate}')


def test_a_server_that_offers_none_is_spoken_to_in_the_clear(server):
    plain = mariadb.MariaDB()
    try:
        url = plain.database('autoscale')
        assert _ciphers(url) == ['', '']
        with pytest.raises(sa.exc.OperationalError, match='SSL'):
            _ciphers(f'{url}?ssl_ca={server.certificate}')
    finally:
        plain.close()
