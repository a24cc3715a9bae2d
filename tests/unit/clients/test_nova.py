import pytest

from autoscale import exceptions
from autoscale.clients import compute
from autoscale.clients import nova


@pytest.mark.parametrize(
    ('message', 'kind'),
    [
        ('No valid host was found. There are not enough hosts.', 'capacity'),
        ('Exceeded maximum number of retries.', 'capacity'),
        ('Quota exceeded for resources: port', 'capacity'),
        ('No more IP addresses available on network 1.', 'capacity'),
        ('No fixed IP addresses available for network: 1', 'capacity'),
        ('Insufficient compute resources', 'capacity'),
        ('Image 7 could not be found.', 'request'),
        ('Image 7 is unacceptable: it is corrupt', 'request'),
        ('Image 7 is not active.', 'request'),
        ("Flavor's disk is too small for requested image.", 'request'),
        ('Invalid input received: bad', 'request'),
        ('Build of instance 7 aborted: the hypervisor went away', 'transient'),
        ('', 'transient'),
    ],
)
def test_a_fault_says_what_to_do_about_it(message, kind):
    assert nova.classify_fault({'code': 500, 'message': message}) == kind


@pytest.mark.parametrize('fault', [None, {}, {'message': None}])
def test_a_fault_without_words_may_pass(fault):
    assert nova.classify_fault(fault) == 'transient'


class Wire:
    """The one question that is asked of it."""

    def __init__(self, version):
        self.max_microversion = version
        self.url = 'http://nova.example/v2.1'

    def get_endpoint_data(self):
        return self


@pytest.mark.parametrize(
    ('offered', 'spoken'),
    [((2, 104), '2.96'), ((2, 96), '2.96'), ((2, 60), '2.60')],
)
def test_the_highest_version_of_both_sides_is_spoken(offered, spoken):
    assert compute._spoken(Wire(offered)).get_string() == spoken


def test_a_nova_that_does_not_tag_on_creation_is_too_old():
    with pytest.raises(exceptions.RequestIsWrong, match=r'2\.51'):
        compute._spoken(Wire((2, 51)))


class Paged(compute.Compute):
    """It has these pages, and says of some that another follows."""

    def __init__(self, *pages, page_size=None):
        super().__init__(timeout=None, page_size=page_size)
        self._pages = iter(pages)
        self.asked = []

    def get(self, path):
        self.asked.append(path)
        ids, is_linked = next(self._pages)
        href = f'http://nova.example/servers?marker={ids[-1:]}'
        return {
            'servers': [{'id': each} for each in ids],
            'servers_links': [{'rel': 'next', 'href': href}] * is_linked,
        }

    def ids(self):
        return ''.join(
            each['id'] for each in self.pages('/servers', 'servers', {})
        )


def test_a_page_that_is_half_full_may_not_be_the_last():
    door = Paged(('abcd', True), ('ef', False), ('g', False), page_size=4)
    assert door.ids() == 'abcdefg'
    assert door.asked[-1] == '/servers?limit=4&marker=f'


def test_a_short_page_is_the_last():
    door = Paged(('abcd', True), ('e', False), page_size=4)
    assert door.ids() == 'abcde'


def test_a_page_that_comes_again_ends_the_list():
    door = Paged(('ab', False), ('ab', False), ('c', False), page_size=2)
    assert door.ids() == 'abab'


def test_a_list_that_may_be_long_is_asked_for_to_its_end():
    door = Paged(('a' * 250, False), ('', False))
    assert len(door.ids()) == 250
    assert len(door.asked) == 2
    assert Paged(('a' * 249, False)).ids()
