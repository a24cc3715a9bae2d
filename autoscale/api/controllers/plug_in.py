"""The types of profiles and policies, and the schemas of their specs."""

from autoscale import exceptions
from autoscale import plugins
from autoscale.api import answer
from autoscale.api import call as calls
from autoscale.api import place
from autoscale.api.schemas import plug_in as schemas


def pair_of(kind: str, namespace: str) -> type[place.Place]:
    """The places /v1/<kind>-types and /v1/<kind>-types/{type}."""
    noun = f'{kind}_type'

    class Type(place.Place):
        ref = 'type'

        @place.operation(
            'GET',
            f'Show a type of {kind} with the schema of its spec',
            rule=f'{kind}:types',
            answers={200: (noun, schemas.SHOWN)},
            faults=(404,),
        )
        def show(self, call: calls.Call) -> answer.Answer:
            name = call.refs['type']
            found = plugins.load(namespace).get(name)
            if found is None:
                raise exceptions.NotFound(noun=f'{kind} type', ref=name)
            return answer.Answer(body={noun: schemas.show(name, found)})

    class Types(place.Place):
        item = Type

        @place.operation(
            'GET',
            f'List the types of {kind} with the schemas of their specs',
            rule=f'{kind}:types',
            answers={200: (f'{noun}s', schemas.SHOWN)},
        )
        def index(self, call: calls.Call) -> answer.Answer:
            found = plugins.load(namespace)
            shown = [schemas.show(name, found[name]) for name in sorted(found)]
            return answer.Answer(
                body={f'{noun}s': shown, f'{noun}s_links': []}
            )

    return Types


ProfileTypes = pair_of('profile', plugins.PROFILES)
PolicyTypes = pair_of('policy', plugins.POLICIES)
