"""Names that styles of the user's own can have; asked without loading a net."""

from __future__ import annotations

import re

from plotwriter.errors import ConfigError

__all__ = ["check_name"]

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}\Z")


def check_name(name: str) -> str:
    """A name that can be a file's, on every system.

    Raises:
        ConfigError: it cannot
    """
    if not _NAME.match(name):
        raise ConfigError(f"{name!r} is no name for a style: 1 to 40 small letters, figures, - and _, beginning with a letter or figure")
    return name
