"""Which route a path finds."""

import pytest

from autoscale.devcloud import exchange
from autoscale.devcloud import routing


class Service:
    name = 'toy'
    prefix = '/toy'

    def routes(self):
        for method, path in (
            ('GET', ''),
            ('GET', '/things'),
            ('GET', '/things/detail'),
            ('GET', '/things/{id}'),
            ('DELETE', '/things/{id}'),
            ('GET', '/things/{id}/parts/{part}'),
        ):
            yield routing.Route(method, path, f'{method} {path}', lambda: None)


@pytest.mark.parametrize(
    ('method', 'path', 'operation', 'arguments', 'status'),
    [
        ('GET', '/toy', 'GET ', [], 200),
        ('GET', '/toy/', 'GET ', [], 200),
        ('GET', '/toy/things/', 'GET /things', [], 200),
        ('HEAD', '/toy/things', 'GET /things', [], 200),
        ('GET', '/toy/things/detail', 'GET /things/detail', [], 200),
        ('GET', '/toy/things/7', 'GET /things/{id}', ['7'], 200),
        ('DELETE', '/toy/things/7', 'DELETE /things/{id}', ['7'], 200),
        (
            'GET',
            '/toy/things/7/parts/8',
            'GET /things/{id}/parts/{part}',
            ['7', '8'],
            200,
        ),
        ('POST', '/toy/things/7', None, ['7'], 405),
        ('GET', '/toy/nothing', None, [], 404),
        ('GET', '/toy/things/7/parts', None, ['7'], 404),
    ],
)
def test_a_path_finds_its_route(method, path, operation, arguments, status):
    router = routing.Router([Service()])
    service, route, found, code = router.find(method, path)
    assert service.name == 'toy'
    assert (route.operation if route else None) == operation
    assert found == arguments
    assert code == status


def test_an_unknown_prefix_belongs_to_no_service():
    router = routing.Router([Service()])
    assert router.find('GET', '/else')[0] is None
    assert router.find('GET', '/')[0] is None


def test_a_body_that_is_no_json_is_refused():
    request = exchange.Request('POST', '/', body=b'{')
    with pytest.raises(exchange.Refused, match='Malformed'):
        request.json()
