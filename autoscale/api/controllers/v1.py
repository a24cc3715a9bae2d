"""The root of the tree: versions, and what /v1 holds."""

from typing import Any

from autoscale.api import answer
from autoscale.api import call as calls
from autoscale.api import openapi
from autoscale.api import place
from autoscale.api import versions
from autoscale.api.controllers import action
from autoscale.api.controllers import cluster
from autoscale.api.controllers import credential
from autoscale.api.controllers import engine
from autoscale.api.controllers import event
from autoscale.api.controllers import hook
from autoscale.api.controllers import node
from autoscale.api.controllers import plug_in
from autoscale.api.controllers import template
from autoscale.api.controllers import webhook


class OpenAPI(place.Place):
    @place.operation(
        'GET',
        'This document: the whole API, as OpenAPI 3.1',
        answers={200: (None, None)},
    )
    def show(self, call: calls.Call) -> answer.Answer:
        return answer.Answer(body=document(call.base_url))


class V1(place.Place):
    places = {
        'profile-types': plug_in.ProfileTypes,
        'policy-types': plug_in.PolicyTypes,
        'profiles': template.Profiles,
        'policies': template.Policies,
        'clusters': cluster.Clusters,
        'nodes': node.Nodes,
        'hooks': hook.Hooks,
        'webhooks': webhook.Webhooks,
        'actions': action.Actions,
        'events': event.Events,
        'credential': credential.Credential,
        'engines': engine.Engines,
        'openapi.json': OpenAPI,
    }

    @place.operation(
        'GET',
        'The versions of this API that a client may ask for',
        is_public=True,
        answers={200: ('version', versions.SHOWN)},
    )
    def show(self, call: calls.Call) -> answer.Answer:
        return answer.Answer(
            body={'version': versions.document(call.base_url)}
        )


class Root(place.Place):
    places = {'v1': V1}

    @place.operation(
        'GET',
        'The APIs that are here',
        is_public=True,
        answers={300: ('versions', versions.SHOWN)},
    )
    def show(self, call: calls.Call) -> answer.Answer:
        return answer.Answer(
            status=300,
            body={'versions': [versions.document(call.base_url)]},
        )


def document(base_url: str) -> dict[str, Any]:
    """The OpenAPI document of all that is here."""
    return openapi.document(Root, base_url)
