"""Events."""

from autoscale.api import answer
from autoscale.api import call as calls
from autoscale.api import paging
from autoscale.api import place
from autoscale.api.controllers import listed
from autoscale.api.query import Parameter
from autoscale.api.schemas import event as schemas
from autoscale.db import event as events
from autoscale.model import event

LISTING = paging.Listing(
    filters=(
        Parameter(name='cluster_id', description='About this cluster.'),
        Parameter(name='node_id', description='About this node.'),
        Parameter(name='action_id', description='About this action.'),
        Parameter(
            name='level', description='Of this level.', choices=event.LEVELS
        ),
        Parameter(name='type', description='Of this type.'),
    ),
    sorts=('created_at', 'level', 'type'),
    default_sort=(('sequence', 'desc'),),
)


class Event(place.Place):
    ref = 'event_id'

    @place.operation(
        'GET',
        'Show an event',
        rule='event:show',
        answers={200: ('event', schemas.SHOWN)},
        faults=(404,),
    )
    def show(self, call: calls.Call) -> answer.Answer:
        found = call.read(events.get, call.project_id, call.refs['event_id'])
        return answer.Answer(body={'event': schemas.show(found)})


class Events(place.Place):
    item = Event

    @place.operation(
        'GET',
        'List events, the newest first',
        rule='event:list',
        listing=LISTING,
        answers={200: ('events', schemas.SHOWN)},
    )
    def index(self, call: calls.Call) -> answer.Answer:
        return listed.page(call, LISTING, 'events', events.page, schemas.show)
