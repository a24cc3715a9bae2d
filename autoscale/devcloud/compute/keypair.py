"""The doors of the keypairs: each user has their own."""

from collections.abc import Iterable

from autoscale.devcloud import exchange
from autoscale.devcloud import routing
from autoscale.devcloud.compute import keeping as keepings


class Keypairs:
    """Answers /os-keypairs."""

    def __init__(self, keeping: keepings.Keeping):
        self._keeping = keeping

    def routes(self) -> Iterable[routing.Route]:
        return routing.routes(
            (
                ('GET', '', 'list_keypairs', self.list_all),
                ('POST', '', 'create_keypair', self.create),
                ('GET', '/{name}', 'show_keypair', self.show),
                ('DELETE', '/{name}', 'delete_keypair', self.delete),
            ),
            prefix='/v2.1/os-keypairs',
        )

    def list_all(self, request: exchange.Request) -> exchange.Answer:
        found = self._keeping.keypairs(_caller(request).user_id)
        return exchange.Answer(
            200, {'keypairs': [{'keypair': each.show()} for each in found]}
        )

    def show(self, request: exchange.Request, name: str) -> exchange.Answer:
        found = self._keypair(request, name)
        return exchange.Answer(200, {'keypair': found.show()})

    def create(self, request: exchange.Request) -> exchange.Answer:
        body = request.document('keypair')
        user_id, name = _caller(request).user_id, str(body.get('name'))
        if self._keeping.keypair(user_id, name):
            raise exchange.Refused(409, f"Key pair '{name}' already exists.")
        made = keepings.Keypair(
            name=name,
            user_id=user_id,
            public_key=str(body.get('public_key') or 'ssh-ed25519 AAAA'),
        )
        self._keeping.add_keypair(made)
        return exchange.Answer(201, {'keypair': made.show()})

    def delete(self, request: exchange.Request, name: str) -> exchange.Answer:
        found = self._keypair(request, name)
        self._keeping.remove_keypair(found.user_id, name)
        return exchange.Answer(204)

    def _keypair(
        self, request: exchange.Request, name: str
    ) -> keepings.Keypair:
        user_id = _caller(request).user_id
        found = self._keeping.keypair(user_id, name)
        if found is None:
            raise exchange.Refused(
                404, f'Keypair {name} not found for user {user_id}'
            )
        return found


def _caller(request: exchange.Request) -> exchange.Caller:
    assert request.caller is not None
    return request.caller
