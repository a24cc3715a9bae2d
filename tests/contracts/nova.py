"""What every Nova door promises: the real one, and its fake.

A subclass gives `nova`, a door in front of an empty project, names a flavor,
an image, a network and a zone of that cloud, and says how time passes.
"""

from collections.abc import Mapping
from typing import Any

import pytest

from autoscale import exceptions
from autoscale.clients import nova as nova_door
from autoscale.model import server


class NovaContract:
    flavor = 'tiny'
    image = 'cirros'
    network = 'private'
    zone = 'nova'
    #: whether servers have addresses
    is_wired = True

    def wait(self, is_so):
        """Let time pass until `is_so()`; fail when it does not come."""
        raise NotImplementedError

    def set_quota(self, servers):
        """From now on there may be so many servers in all."""
        raise NotImplementedError

    def hopeless(self, spec: Mapping[str, Any]) -> Mapping[str, Any]:
        """What the next server is to be made of to find no valid host."""
        raise NotImplementedError

    def place_slowly(self, seconds):
        """From now on Nova takes so long to find hosts for new servers."""
        pytest.skip('how long Nova seeks a host cannot be said here')

    @pytest.fixture
    def spec(self, nova):
        network = nova.find_network(self.network) if self.is_wired else None
        return {
            'flavor': nova.find_flavor(self.flavor),
            'image': nova.find_image(self.image),
            'networks': [{'network': network}] if network else 'none',
        }

    def create(self, nova, spec, count=1, tag='a', **more):
        nova.create_servers(spec, name=tag, count=count, tags=[tag], **more)
        return nova.list_servers(tag=tag)

    def active(self, nova, **query):
        return nova.list_servers(status=server.ACTIVE, **query)

    def created_active(self, nova, spec, count=1, tag='a', **more):
        self.create(nova, spec, count, tag, **more)
        self.wait(lambda: len(self.active(nova, tag=tag)) == count)
        return nova.list_servers(tag=tag, detailed=True)

    def test_one_server_has_the_name_that_was_given(self, nova, spec):
        found = self.create(nova, spec)
        assert [each.name for each in found] == ['a']

    def test_several_servers_are_numbered(self, nova, spec):
        found = self.create(nova, spec, 3)
        assert {each.name for each in found} == {'a-1', 'a-2', 'a-3'}
        assert len({each.id for each in found}) == 3

    def test_servers_are_found_by_their_tag_at_once(self, nova, spec):
        self.create(nova, spec, 2, tag='a')
        self.create(nova, spec, 1, tag='b')
        assert len(nova.list_servers(tag='a')) == 2
        assert len(nova.list_servers(tag='b')) == 1
        assert nova.list_servers(tag='c') == []
        assert len(nova.list_servers()) == 3

    def test_any_of_several_tags_finds_each_server_once(self, nova, spec):
        nova.create_servers(spec, name='a', count=2, tags=['all', 'a'])
        nova.create_servers(spec, name='b', count=1, tags=['all', 'b'])
        many = ['all', 'b', *(f'other-{i}' for i in range(120)), 'a']
        assert len(nova.list_servers(tags_any=many)) == 3
        assert len(nova.list_servers(tags_any=['b', 'other'])) == 1
        assert len(nova.list_servers(tag='all', tags_any=['a'])) == 2

    def test_none_of_no_tags_is_found(self, nova, spec):
        self.create(nova, spec)
        assert nova.list_servers(tags_any=[]) == []

    def test_a_server_builds_and_then_is_active(self, nova, spec):
        (before,) = self.create(nova, spec)
        (after,) = self.created_active(nova, spec, tag='b')
        assert after.status == server.ACTIVE
        assert after.fault is None
        assert after.tags == ('b',)
        assert before.id != after.id

    def test_a_plain_list_tells_ids_and_names_only(self, nova, spec):
        (found,) = self.create(nova, spec)
        assert found == server.Server(id=found.id, name='a')

    def test_a_status_that_was_asked_for_is_told(self, nova, spec):
        self.created_active(nova, spec)
        (found,) = self.active(nova, tag='a')
        assert found.status == server.ACTIVE
        assert nova.list_servers(tag='a', status=server.ERROR) == []

    def test_an_address_finds_its_server_and_no_other(self, nova, spec):
        if not self.is_wired:
            pytest.skip('servers have no addresses here')
        found = self.created_active(nova, spec, 12)
        addresses = sorted(
            (each.addresses[0] for each in found), key=lambda a: (len(a), a)
        )
        (one,) = nova.list_servers(ip=addresses[0])
        assert addresses[0] in one.addresses
        assert nova.list_servers(ip='192.0.2.1') == []

    def test_a_zone_is_kept(self, nova, spec):
        (found,) = self.created_active(nova, spec, zone=self.zone)
        assert found.zone == self.zone

    def test_every_page_is_listed(self, nova, spec):
        self.create(nova, spec, 7)
        assert len({each.id for each in nova.list_servers(tag='a')}) == 7

    def test_a_server_that_was_deleted_goes(self, nova, spec):
        (found, other) = self.created_active(nova, spec, 2)
        assert nova.delete_server(found.id) is True
        self.wait(lambda: len(nova.list_servers(tag='a')) == 1)
        assert [e.id for e in nova.list_servers(tag='a')] == [other.id]
        assert nova.delete_server(found.id) is False

    def test_a_server_that_never_was_is_gone_already(self, nova):
        unknown = '00000000-0000-4000-8000-000000000000'
        assert nova.delete_server(unknown) is False

    def test_deleting_twice_does_no_harm(self, nova, spec):
        (found,) = self.created_active(nova, spec)
        nova.delete_server(found.id)
        nova.delete_server(found.id)
        self.wait(lambda: nova.list_servers() == [])

    def test_who_is_in_service_is_not_being_placed(self, nova, spec):
        (made,) = self.created_active(nova, spec)
        assert nova.is_being_placed(made.id, within=3600) is False

    def test_who_never_was_is_not_being_placed(self, nova):
        unknown = '00000000-0000-4000-8000-000000000000'
        assert nova.is_being_placed(unknown, within=3600) is False

    def test_who_is_new_is_being_placed_for_so_long(self, nova, spec):
        self.place_slowly(60)
        (made,) = self.create(nova, spec)
        assert nova.is_being_placed(made.id, within=3600) is True
        self.wait(lambda: not nova.is_being_placed(made.id, within=0))
        assert nova.is_being_placed(made.id, within=3600) is True

    def test_who_is_placed_may_be_deleted_alone(self, nova, spec):
        self.place_slowly(0.3)
        made, other = self.create(nova, spec, 2)
        self.wait(lambda: not nova.is_being_placed(made.id, within=3600))
        assert nova.delete_server(made.id) is True
        self.wait(lambda: len(nova.list_servers(tag='a')) == 1)
        self.wait(lambda: self.active(nova, tag='a'))
        assert [e.id for e in nova.list_servers(tag='a')] == [other.id]

    def test_who_is_deleted_while_placed_costs_its_sisters(self, nova, spec):
        self.place_slowly(60)
        made, other = self.create(nova, spec, 2)
        assert nova.delete_server(made.id) is True
        self.wait(lambda: len(nova.list_servers(tag='a')) == 1)
        assert nova.is_being_placed(other.id, within=3600) is True
        assert nova.delete_server(other.id) is True
        assert nova.delete_server(other.id) is False
        assert nova.is_being_placed(other.id, within=3600) is False
        (left,) = nova.list_servers(tag='a', detailed=True)
        assert (left.id, left.status) == (other.id, server.BUILD)

    def test_a_build_that_fails_tells_its_fault_in_detail(self, nova, spec):
        self.create(nova, self.hopeless(spec))
        self.wait(lambda: nova.list_servers(status=server.ERROR))
        self.create(nova, spec, tag='b')
        (plain,) = nova.list_servers(tag='a', status=server.ERROR)
        (found,) = nova.list_servers(status=server.ERROR, detailed=True)
        assert plain.fault is None
        assert 'No valid host' in found.fault['message']
        assert nova_door.classify_fault(found.fault) == 'capacity'

    def test_a_quota_gives_as_many_as_there_is_room_for(self, nova, spec):
        self.set_quota(3)
        assert len(self.create(nova, spec, 5)) == 3

    def test_a_full_quota_is_a_lack_of_capacity(self, nova, spec):
        self.set_quota(1)
        # Nova does not count a server before a host is chosen for it.
        self.created_active(nova, spec)
        with pytest.raises(exceptions.NoCapacity) as caught:
            self.create(nova, spec, 2, tag='b')
        assert caught.value.kind == 'capacity'
        assert caught.value.happened is False
        assert 'Quota exceeded' in caught.value.reason

    def test_an_unknown_flavor_is_a_wrong_request(self, nova, spec):
        with pytest.raises(exceptions.RequestIsWrong) as caught:
            self.create(nova, {**spec, 'flavor': 'none-such'})
        assert 'none-such' in caught.value.reason
        assert nova.list_servers() == []

    @pytest.mark.parametrize('kind', ['flavor', 'image', 'network'])
    def test_things_are_found_by_name_and_by_id(self, nova, kind):
        find = getattr(nova, f'find_{kind}')
        name = getattr(self, kind)
        found = find(name)
        assert found != name
        assert find(found) == found

    @pytest.mark.parametrize(
        'find', ['find_flavor', 'find_image', 'find_network']
    )
    @pytest.mark.parametrize('ref', ['none-such', 'a/../b', 'ä b?c=d&e#f'])
    def test_what_is_not_there_is_a_wrong_request(self, nova, find, ref):
        with pytest.raises(exceptions.RequestIsWrong) as caught:
            getattr(nova, find)(ref)
        assert ref in caught.value.reason

    def test_a_keypair_that_is_not_there_is_not_there(self, nova):
        assert nova.has_keypair('none-such') is False

    def test_limits_tell_what_is_used(self, nova, spec):
        self.created_active(nova, spec, 2)
        assert nova.limits()['totalInstancesUsed'] == 2
