from importlib import metadata

import pytest

from plotwriter import registry
from plotwriter.errors import ConfigError


class Points(list):
    """Stands for the entry points of the installed packages."""

    def __call__(self, *, group):
        return [point for point in self if point.group == group]


@pytest.fixture
def plugins(monkeypatch):
    points = Points()
    monkeypatch.setattr(registry.metadata, "entry_points", points)
    monkeypatch.setattr(registry, "BUILT_IN", {"sampler": {"half": "fractions:Fraction"}, "device": {}})
    return points


def point(name, value, group="plotwriter.samplers"):
    return metadata.EntryPoint(name, value, group)


def test_built_ins_and_plugins_are_found_by_name(plugins):
    plugins.append(point("path", "pathlib:Path"))
    assert registry.names("sampler") == ["half", "path"] and registry.names("device") == []
    assert registry.load("sampler", "half").__name__ == "Fraction"
    assert registry.load("sampler", "path").__name__ == "Path"


def test_a_built_in_wins_over_a_plugin_of_its_name(plugins):
    plugins.append(point("half", "no_such_module:Thing"))
    assert registry.load("sampler", "half").__name__ == "Fraction"


def test_a_broken_plugin_explains_itself_and_harms_no_other(plugins):
    plugins += [point("broken", "no_such_module:Thing"), point("path", "pathlib:Path")]
    assert "broken" in registry.names("sampler")
    with pytest.raises(ConfigError, match=r"sampler 'broken' \(plugin no_such_module:Thing\) does not load: ModuleNotFoundError"):
        registry.load("sampler", "broken")
    assert registry.load("sampler", "path")


def test_an_unknown_name_gets_the_nearest(plugins):
    with pytest.raises(ConfigError, match=r"no sampler is called 'hafl'; did you mean \"half\""):
        registry.load("sampler", "hafl")
    with pytest.raises(ConfigError, match=r"known: \(none\)"):
        registry.load("device", "half")


def test_names_import_nothing(plugins):
    plugins.append(point("broken", "no_such_module:Thing"))
    assert registry.names("sampler") == ["broken", "half"]


def test_every_built_in_is_a_module_and_a_name():
    for kind in registry.BUILT_IN.values():
        for target in kind.values():
            module, _, name = target.partition(":")
            assert module.startswith("plotwriter.") and name.isidentifier()
