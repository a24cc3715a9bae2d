"""Engines, for administrators."""

from autoscale.api import answer
from autoscale.api import call as calls
from autoscale.api import place
from autoscale.api.schemas import engine as schemas
from autoscale.db import engine as engines


class Engines(place.Place):
    @place.operation(
        'GET',
        'List the engines of the service',
        rule='engine:list',
        answers={200: ('engines', schemas.SHOWN)},
    )
    def index(self, call: calls.Call) -> answer.Answer:
        now = call.now()
        found = call.read(engines.list)
        interval = call.services.conf.engine.heartbeat_interval
        shown = [schemas.show(each, now, interval) for each in found]
        return answer.Answer(body={'engines': shown, 'engines_links': []})
