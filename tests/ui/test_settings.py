from pathlib import Path

import pytest

import corpus
from ui.settings import NAMES, Settings, SettingsError


def test_without_an_environment_everything_has_a_default():
    settings = Settings.from_environment({})
    assert settings.index == settings.data / "index"
    assert settings.corpus == Path(corpus.__file__).parent
    assert (settings.embedder, settings.language, settings.log_level) == ("encoder", "sv", "warning")


def test_values_are_taken_and_home_is_expanded():
    settings = Settings.from_environment(
        {"LOTSEN_DATA": "~/lots", "LOTSEN_EMBEDDER": "some/model", "LOTSEN_LANGUAGE": "EN", "PATH": "x"}
    )
    assert settings.data == Path.home() / "lots"
    assert settings.index == Path.home() / "lots" / "index"
    assert (settings.embedder, settings.language) == ("some/model", "en")
    assert settings.with_index(Path("/x")).index == Path("/x")
    assert settings.with_index(None) is settings


def test_an_unknown_name_is_refused_with_the_near_miss():
    with pytest.raises(SettingsError, match='Did you mean "LOTSEN_INDEX"') as caught:
        Settings.from_environment({"LOTSEN_INDX": "/x"})
    assert caught.value.name == "LOTSEN_INDX"


def test_an_unknown_value_is_refused_with_those_allowed():
    with pytest.raises(SettingsError, match="Allowed: sv, en"):
        Settings.from_environment({"LOTSEN_LANGUAGE": "fi"})


def test_the_docstring_names_every_setting():
    from ui import settings

    assert all(name in (settings.__doc__ or "") for name in NAMES)
