"""Settings are checked when they change, and never half changed."""

import pytest

from autoscale.devcloud import settings


def test_a_change_makes_new_settings():
    old = settings.Settings()
    new = old.changed({'instances': 3})
    assert (old.instances, new.instances) == (-1, 3)


def test_one_number_is_a_span_of_its_own():
    changed = settings.Settings().changed({'build_seconds': 2})
    assert changed.build_seconds == (2.0, 2.0)


def test_shown_settings_can_be_given_back():
    shown = settings.Settings(instances=3).show()
    assert settings.Settings().changed(shown).show() == shown


def test_an_unknown_name_is_told_with_the_known_ones():
    with pytest.raises(settings.InvalidSetting, match='there are: build_'):
        settings.Settings().changed({'bild_seconds': 1})
