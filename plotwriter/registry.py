"""One lazy lookup for everything that can be swapped: samplers and devices.

Built-ins are "module:name" strings, imported only when asked for. Others arrive by the entry
point groups `plotwriter.samplers` and `plotwriter.devices`. A plugin that fails to import stays
in the list as a name and explains itself when it is asked for; it never takes the rest down.
"""

from __future__ import annotations

import importlib
from importlib import metadata
from typing import Any, Literal

from plotwriter.config import near_miss
from plotwriter.errors import ConfigError

__all__ = ["Kind", "load", "names"]

Kind = Literal["sampler", "device"]

BUILT_IN: dict[Kind, dict[str, str]] = {
    "sampler": {
        "gpt": "plotwriter.samplers.autoregressive:GptSampler",
        "lstm": "plotwriter.samplers.lstm:LstmSampler",
        "cursive": "plotwriter.samplers.cursive:CursiveSampler",
        "cursive-paragraph": "plotwriter.samplers.cursive:ParagraphSampler",
    },
    "device": {
        "ebb": "plotwriter.devices.ebb_device:EbbDevice",
        "grbl": "plotwriter.devices.grbl_device:GrblDevice",
        "marlin": "plotwriter.devices.marlin_device:MarlinDevice",
        "hpgl": "plotwriter.devices.hpgl_device:HpglDevice",
    },
}


def _plugins(kind: Kind) -> dict[str, metadata.EntryPoint]:
    return {point.name: point for point in metadata.entry_points(group=f"plotwriter.{kind}s")}


def names(kind: Kind) -> list[str]:
    """Every known name of a kind, built in or plugged in, without importing any."""
    return sorted(BUILT_IN[kind].keys() | _plugins(kind).keys())


def load(kind: Kind, name: str) -> Any:
    """The class or function registered under a name; a built-in wins over a plugin of its name.

    Raises:
        ConfigError: no such name, or a plugin that fails to import (its own reason is quoted)
    """
    if target := BUILT_IN[kind].get(name):
        module, _, attribute = target.partition(":")
        return getattr(importlib.import_module(module), attribute)
    plugins = _plugins(kind)
    if name not in plugins:
        raise ConfigError(f"no {kind} is called {name!r}; {near_miss(name, names(kind))}")
    try:
        return plugins[name].load()
    except Exception as error:  # a plugin may fail in any way; only its own user is concerned
        point = plugins[name]
        reason = f"{type(error).__name__}: {error}"
        raise ConfigError(
            f"{kind} {name!r} (plugin {point.value}) does not load: {reason}; update or remove the package that brings it"
        ) from error
