import pytest

from autoscale.hooks import target


def at(*addresses):
    """A resolver that answers with these."""

    def resolve(host, port, **more):
        return [(2, 1, 6, '', (address, port)) for address in addresses]

    return resolve


def resolved(url, *addresses, allow_private=False, allow_http=False):
    return target.resolved(
        url,
        allow_private=allow_private,
        allow_http=allow_http,
        resolve=at(*(addresses or ['93.184.215.14'])),
    )


@pytest.mark.parametrize(
    'address',
    [
        '127.0.0.1',
        '127.8.8.8',
        '10.1.2.3',
        '172.16.0.1',
        '192.168.1.1',
        '169.254.169.254',
        '100.64.0.1',
        '0.0.0.0',
        '224.0.0.1',
        '239.1.1.1',
        '255.255.255.255',
        '240.0.0.1',
        '192.0.2.1',
        '::1',
        '::',
        'fe80::1',
        'fe80::1%eth0',
        'fc00::1',
        'ff02::1',
        'ff0e::1',
        '2001:db8::1',
        '::ffff:10.0.0.1',
        '::ffff:127.0.0.1',
        '2002:7f00:1::',
        '2002:a9fe:a9fe::1',
        '64:ff9b::a9fe:a9fe',
        '64:ff9b::7f00:1',
        'not an address',
    ],
)
def test_what_is_not_public_is_refused(address):
    assert not target.is_public(address)
    with pytest.raises(target.TargetRefused, match='not a public address'):
        resolved('https://app.example/', address)


@pytest.mark.parametrize(
    'address',
    [
        '8.8.8.8',
        '93.184.215.14',
        '2606:2800:220:1:248:1893:25c8:1946',
        '::ffff:8.8.8.8',
        '64:ff9b::808:808',
    ],
)
def test_what_is_public_is_taken(address):
    assert target.is_public(address)
    assert resolved('https://app.example/', address).addresses == (address,)


def test_one_private_address_among_public_ones_is_refused():
    with pytest.raises(target.TargetRefused):
        resolved('https://app.example/', '8.8.8.8', '10.0.0.1')


def test_private_addresses_are_taken_when_allowed():
    found = resolved('https://app.example/', '10.0.0.1', allow_private=True)
    assert found.addresses == ('10.0.0.1',)


@pytest.mark.parametrize(
    ('url', 'why'),
    [
        ('http://app.example/', 'plain http'),
        ('ftp://app.example/', 'neither'),
        ('file:///etc/passwd', 'neither'),
        ('app.example', 'neither'),
        ('https:///leave', 'no host'),
        ('https://user@app.example/', 'user name'),
        ('https://user:secret@app.example/', 'user name'),
        ('https://app.example:port/', 'malformed'),
        ('https://app.example:99999/', 'malformed'),
        ('https://[::1/', 'malformed'),
    ],
)
def test_urls_that_are_not_for_us_are_refused(url, why):
    with pytest.raises(target.TargetRefused, match=why):
        resolved(url)


def test_a_refusal_does_not_repeat_the_url():
    with pytest.raises(target.TargetRefused) as caught:
        resolved('https://user:secret@app.example/?key=secret')
    assert 'secret' not in str(caught.value)


def test_a_name_without_an_address_may_have_one_later():
    def resolve(host, port, **more):
        raise OSError('Name or service not known')

    with pytest.raises(target.TargetUnknown, match='app.example'):
        target.resolved(
            'https://app.example/',
            allow_private=False,
            allow_http=False,
            resolve=resolve,
        )


def test_it_goes_to_an_address_and_asks_for_the_name():
    found = resolved('https://app.example:8443/a/b?c=d')
    assert found.url_of('8.8.8.8') == 'https://8.8.8.8:8443/a/b?c=d'
    assert found.url_of('2606::1') == 'https://[2606::1]:8443/a/b?c=d'
    assert found.authority == 'app.example:8443'


def test_a_usual_port_is_not_spelt():
    assert resolved('https://app.example').authority == 'app.example'
    found = resolved('https://[2606:4700::1111]/', '2606:4700::1111')
    assert found.authority == '[2606:4700::1111]'
    assert found.url_of(found.addresses[0]) == (
        'https://[2606:4700::1111]:443/'
    )


def test_addresses_are_tried_once_each():
    assert resolved('https://a/', '8.8.8.8', '8.8.8.8').addresses == (
        '8.8.8.8',
    )
