"""Profiles and policies: a type, a spec that never changes, and a name.

The two are the same to the API but for their words.
"""

import logging
from typing import Any

from autoscale import plugins
from autoscale.api import answer
from autoscale.api import call as calls
from autoscale.api import paging
from autoscale.api import place
from autoscale.api.controllers import listed
from autoscale.api.query import Parameter
from autoscale.api.schemas import plug_in
from autoscale.api.schemas import policy as policy_schemas
from autoscale.api.schemas import profile as profile_schemas
from autoscale.db import policy as policies
from autoscale.db import profile as profiles
from autoscale.model import policy
from autoscale.model import profile

LOG = logging.getLogger(__name__)

LISTING = paging.Listing(
    filters=(
        Parameter(name='name', description='Exactly this name.'),
        Parameter(name='type', description='Of this type.'),
    ),
    sorts=('name', 'type', 'created_at', 'updated_at'),
)


def pair_of(
    noun: str,
    collection: str,
    namespace: str,
    schemas: Any,
    rows: Any,
    model: Any,
) -> type[place.Place]:
    """The places /v1/<collection> and /v1/<collection>/{<noun>_id}."""

    class Template(place.Place):
        ref = f'{noun}_id'

        @place.operation(
            'GET',
            f'Show a {noun}',
            rule=f'{noun}:show',
            answers={200: (noun, schemas.SHOWN)},
            faults=(404, 409),
        )
        def show(self, call: calls.Call) -> answer.Answer:
            found = call.read(rows.get, call.project_id, call.refs[self.ref])
            return answer.Answer(body={noun: schemas.show(found)})

        @place.operation(
            'PATCH',
            f'Change the name or the metadata of a {noun}',
            rule=f'{noun}:change',
            root=noun,
            body=schemas.CHANGE,
            answers={200: (noun, schemas.SHOWN)},
            faults=(404, 409),
        )
        def change(self, call: calls.Call) -> answer.Answer:
            now = call.now()

            def work(conn: Any) -> answer.Answer:
                found = rows.get(conn, call.project_id, call.refs[self.ref])
                rows.change(conn, found.id, **call.body, updated_at=now)
                changed = rows.get(conn, call.project_id, found.id)
                return answer.Answer(body={noun: schemas.show(changed)})

            said = call.write(work)
            LOG.info('%s %s: changed', noun, said.body[noun]['id'])
            return said

        @place.operation(
            'DELETE',
            f'Delete a {noun} that nothing uses',
            rule=f'{noun}:delete',
            answers={204: (None, None)},
            faults=(404, 409),
        )
        def delete(self, call: calls.Call) -> answer.Answer:
            def work(conn: Any) -> str:
                found = rows.get(conn, call.project_id, call.refs[self.ref])
                rows.delete(conn, found.id)
                return str(found.id)

            gone = call.services.database.write(work)
            LOG.info('%s %s: deleted', noun, gone)
            return answer.Answer(status=204)

    class Templates(place.Place):
        item = Template

        @place.operation(
            'GET',
            f'List {collection}',
            rule=f'{noun}:list',
            listing=LISTING,
            answers={200: (collection, schemas.SHOWN)},
        )
        def index(self, call: calls.Call) -> answer.Answer:
            return listed.page(
                call, LISTING, collection, rows.page, schemas.show
            )

        @place.operation(
            'POST',
            f'Create a {noun}',
            rule=f'{noun}:create',
            root=noun,
            body=schemas.CREATE,
            answers={201: (noun, schemas.SHOWN)},
            faults=(409,),
        )
        def create(self, call: calls.Call) -> answer.Answer:
            asked = call.body
            spec = plug_in.check_spec(namespace, asked['type'], asked['spec'])
            made = model(
                id=call.new_id(),
                project_id=call.project_id,
                user_id=call.context.user_id,
                name=asked['name'],
                type=asked['type'],
                spec=spec,
                metadata=asked.get('metadata', {}),
                created_at=call.now(),
                updated_at=None,
            )

            def work(conn: Any) -> answer.Answer:
                rows.create(conn, made)
                return answer.Answer(
                    status=201,
                    body={noun: schemas.show(made)},
                    headers=(
                        (
                            'Location',
                            f'{call.base_url}/v1/{collection}/{made.id}',
                        ),
                    ),
                )

            said = call.write(work)
            LOG.info('%s %s: created', noun, said.body[noun]['id'])
            return said

    return Templates


Profiles = pair_of(
    'profile',
    'profiles',
    plugins.PROFILES,
    profile_schemas,
    profiles,
    profile.Profile,
)
Policies = pair_of(
    'policy',
    'policies',
    plugins.POLICIES,
    policy_schemas,
    policies,
    policy.Policy,
)
