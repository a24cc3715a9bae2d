"""What every profile type promises, whoever wrote it.

A subclass names the class, gives specs that are right and wrong, specs that
name what is not in the cloud, and `cloud`, the door that its requests go
through, to a project without servers.
"""

import copy

import jsonschema
import pytest

from autoscale import exceptions


class ProfileContract:
    profile: type
    #: specs of which the cloud has everything
    right: list[dict]
    #: specs that the schema lets through and `check` does not
    wrong: list[dict]
    #: specs that name what the cloud does not have, and that name
    unknown: list[tuple[dict, str]]

    def test_the_schema_is_a_schema_that_closes_and_explains(self):
        jsonschema.Draft202012Validator.check_schema(self.profile.schema)
        assert self.profile.schema['additionalProperties'] is False
        for rule in self.profile.schema['properties'].values():
            assert rule['title']
            assert rule['description']

    def test_right_specs_pass_and_are_right_with_their_defaults_too(self):
        for spec in self.right:
            jsonschema.validate(spec, self.profile.schema)
            before = copy.deepcopy(spec)
            complete = self.profile.check(spec)
            assert spec == before
            jsonschema.validate(complete, self.profile.schema)
            assert self.profile.check(copy.deepcopy(complete)) == complete

    def test_wrong_specs_are_refused_with_the_name_of_the_field(self):
        assert self.wrong
        for spec in self.wrong:
            jsonschema.validate(spec, self.profile.schema)
            with pytest.raises(exceptions.InvalidField) as caught:
                self.profile.check(spec)
            assert caught.value.facts['field']

    def test_what_is_right_is_verified(self, cloud):
        for spec in self.right:
            self.profile(spec).verify(cloud)

    def test_what_the_cloud_does_not_have_is_named(self, cloud):
        assert self.unknown
        for spec, name in self.unknown:
            self.profile.check(spec)
            with pytest.raises(exceptions.RequestIsWrong) as caught:
                self.profile(spec).verify(cloud)
            assert name in caught.value.reason

    def test_a_request_makes_members(self, cloud):
        for number, spec in enumerate(self.right):
            tag = f'tag-{number}'
            request = self.profile(spec).request(cloud)
            cloud.create_servers(request, name='m', count=2, tags=[tag])
            assert len(cloud.list_servers(tag=tag)) == 2

    def test_a_request_can_be_kept_and_used_again(self, cloud):
        request = self.profile(self.right[-1]).request(cloud)
        before = copy.deepcopy(request)
        cloud.create_servers(request, name='m', count=1, tags=['again'])
        assert request == before
