"""The caller's credential: what engines act with for them here, later."""

from autoscale import exceptions
from autoscale.api import answer
from autoscale.api import call as calls
from autoscale.api import delegation
from autoscale.api import place
from autoscale.api.schemas import credential as schemas
from autoscale.clients import keystone
from autoscale.db import credential as credentials
from autoscale.model import credential

_ID = 'application_credential_id'
_SECRET = 'application_credential_secret'  # noqa: S105  (a field's name)


def _keeper(call: calls.Call) -> delegation.Delegation:
    """Whoever keeps credentials; NoCredentialsHere if nobody does."""
    if not call.services.delegation.is_on:
        raise exceptions.NoCredentialsHere()
    return call.services.delegation


class Credential(place.Place):
    @place.operation(
        'GET',
        'Show your credential in this project, without its secret',
        rule='credential:show',
        answers={200: ('credential', schemas.SHOWN)},
        faults=(404,),
    )
    def show(self, call: calls.Call) -> answer.Answer:
        found = call.read(
            credentials.find, str(call.context.user_id), call.project_id
        )
        if found is None:
            raise exceptions.NotFound(
                noun='credential', ref=call.context.user_id
            )
        return answer.Answer(body={'credential': schemas.show(found)})

    @place.operation(
        'PUT',
        'Store an application credential, or make a trust with this token',
        rule='credential:store',
        root='credential',
        body=schemas.STORE,
        answers={200: ('credential', schemas.SHOWN)},
        faults=(409, 503),
    )
    def store(self, call: calls.Call) -> answer.Answer:
        keeper, asked = _keeper(call), call.body
        caller = delegation.Caller(call.environ)
        given = [each for each in (_ID, _SECRET) if each in asked]
        if asked['kind'] == credential.TRUST:
            if given:
                raise exceptions.InvalidField(
                    field=given[0], reason='is no part of a trust'
                )
            kept = keeper.lend(caller, call.new_id)
        else:
            for each in (_ID, _SECRET):
                if each not in asked:
                    raise exceptions.InvalidField(
                        field=each, reason='is required'
                    )
            secret = {
                keystone.APPLICATION_ID: asked[_ID],
                keystone.APPLICATION_SECRET: asked[_SECRET],
            }
            kept = keeper.accept(caller, secret, call.new_id)
        return answer.Answer(body={'credential': schemas.show(kept)})

    @place.operation(
        'DELETE',
        'Remove your credential; a trust is ended. Not while you own clusters',
        rule='credential:delete',
        answers={204: (None, None)},
        faults=(404, 409),
    )
    def delete(self, call: calls.Call) -> answer.Answer:
        caller = delegation.Caller(call.environ)
        if not _keeper(call).forget(caller):
            raise exceptions.NotFound(noun='credential', ref=caller.user_id)
        return answer.Answer(status=204)
