"""Glance v2: two images, to be looked at."""

import html
import http
import uuid
from collections.abc import Callable
from collections.abc import Iterable
from typing import Any

from autoscale.devcloud import exchange
from autoscale.devcloud import routing

_NAMESPACE = uuid.UUID('1c6b9d4c-60f2-4a6f-8c9e-0a6a5e8f3b1d')


def _image(name: str, megabytes: int) -> dict[str, Any]:
    image_id = str(uuid.uuid5(_NAMESPACE, name))
    return {
        'id': image_id,
        'name': name,
        'status': 'active',
        'visibility': 'public',
        'protected': False,
        'os_hidden': False,
        'container_format': 'bare',
        'disk_format': 'qcow2',
        'min_disk': 0,
        'min_ram': 0,
        'size': megabytes * 1024 * 1024,
        'virtual_size': None,
        'checksum': None,
        'owner': None,
        'tags': [],
        'created_at': '2026-01-01T00:00:00Z',
        'updated_at': '2026-01-01T00:00:00Z',
        'self': f'/v2/images/{image_id}',
        'file': f'/v2/images/{image_id}/file',
        'schema': '/v2/schemas/image',
    }


#: By id.
IMAGES = {
    image['id']: image
    for image in (_image('cirros', 20), _image('ubuntu', 600))
}


class Image:
    """The image service; nothing can be changed in it."""

    name = 'image'
    prefix = '/image'

    def __init__(self, identify: Callable[[exchange.Request], None]):
        self._identify = identify

    def routes(self) -> Iterable[routing.Route]:
        for path in ('', '/versions'):
            yield routing.Route(
                'GET', path, 'list_versions', self.list_versions, is_open=True
            )
        yield routing.Route('GET', '/v2/images', 'list_images', self.list_all)
        yield routing.Route('GET', '/v2/images/{id}', 'show_image', self.show)

    def admit(self, request: exchange.Request, route: routing.Route) -> None:
        if not route.is_open:
            self._identify(request)

    def spell(self, refusal: exchange.Refused) -> Any:
        title = f'{refusal.status} {http.HTTPStatus(refusal.status).phrase}'
        # Glance answers its errors as a page, whatever was asked for.
        return (
            f'<html>\n <head>\n  <title>{title}</title>\n </head>\n'
            f' <body>\n  <h1>{title}</h1>\n  '
            f'{html.escape(refusal.message)}<br /><br />\n\n </body>\n'
            '</html>'
        ).encode()

    def headers(self, request: exchange.Request) -> exchange.Headers:
        return (('x-openstack-request-id', request.request_id),)

    def list_versions(self, request: exchange.Request) -> exchange.Answer:
        links = [{'rel': 'self', 'href': f'{request.base_url}/image/v2/'}]
        versions = [{'id': 'v2.17', 'status': 'CURRENT', 'links': links}]
        return exchange.Answer(300, {'versions': versions})

    def list_all(self, request: exchange.Request) -> exchange.Answer:
        wanted = {
            field: request.parameter(field)
            for field in ('name', 'id', 'status', 'visibility')
        }
        found = [
            image
            for image in IMAGES.values()
            if all(
                value in (None, image[field])
                for field, value in wanted.items()
            )
        ]
        return exchange.Answer(
            200,
            {
                'images': found,
                'first': '/v2/images',
                'schema': '/v2/schemas/images',
            },
        )

    def show(
        self, request: exchange.Request, image_id: str
    ) -> exchange.Answer:
        image = IMAGES.get(image_id)
        if image is None:
            raise exchange.Refused(404, f'No image found with ID {image_id}')
        return exchange.Answer(200, image)
