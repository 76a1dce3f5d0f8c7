"""Typed TOML: a file becomes a frozen dataclass, or an error that names the key.

A schema is a frozen dataclass of str, int, float, bool, the quantities of `units`
(`Length`, `Speed`, ...), tuples of them, and further dataclasses for tables. A field without
default must be given; an unknown key is refused with the nearest known one.
"""

from __future__ import annotations

import dataclasses
import difflib
import math
import os
import tomllib
import types
import typing
from pathlib import Path
from typing import Any, TypeVar

from plotwriter.errors import ConfigError, FileError
from plotwriter.units import Quantity, parse_quantity

__all__ = ["from_table", "home", "load_toml", "near_miss", "parse_toml", "read_text"]

T = TypeVar("T")


def home() -> Path:
    """The folder of the user's own files: PLOTWRITER_HOME, or the platform's place for them."""
    if chosen := os.environ.get("PLOTWRITER_HOME"):
        return Path(chosen)
    import platformdirs  # only when needed: `--help` stays fast

    return Path(platformdirs.user_data_dir("plotwriter", appauthor=False))


def near_miss(name: str, known: typing.Iterable[str]) -> str:
    """The end of an error line: the nearest known name, and all of them.

    >>> near_miss("axidrw", ["axidraw", "grbl"])
    'did you mean "axidraw"? known: axidraw, grbl'
    """
    known = sorted(known)
    close = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    hint = f'did you mean "{close[0]}"? ' if close else ""
    return f"{hint}known: {', '.join(known) or '(none)'}"


def read_text(path: Path) -> str:
    """A UTF-8 file's text, without a byte-order mark.

    Raises:
        FileError: not there, not readable, a folder, or not UTF-8
    """
    try:
        return path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        raise FileError(f"{path}: no such file") from None
    except IsADirectoryError:
        raise FileError(f"{path}: is a folder, not a file") from None
    except OSError as error:
        raise FileError(f"{path}: cannot be read: {error.strerror or error}") from None
    except UnicodeDecodeError as error:
        raise FileError(f"{path}: not UTF-8 text (byte 0x{error.object[error.start]:02x} at {error.start}); save it as UTF-8") from None


def load_toml(path: Path, schema: type[T]) -> T:
    """A TOML file as an instance of `schema`.

    Raises:
        FileError: unreadable
        ConfigError: not TOML, an unknown or missing key, a value of the wrong kind
    """
    return from_table(parse_toml(path), schema, where=path.name)


def parse_toml(path: Path) -> dict[str, Any]:
    """A TOML file as a table.

    Raises:
        FileError: unreadable
        ConfigError: not TOML
    """
    try:
        return tomllib.loads(read_text(path))
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ConfigError(f"{path.name}: not valid TOML: {error}") from None


def from_table(table: dict[str, Any], schema: type[T], *, where: str) -> T:
    """A parsed TOML table as an instance of `schema`; see `load_toml`."""
    hints = typing.get_type_hints(schema, include_extras=True)
    fields = {field.name: field for field in dataclasses.fields(schema)}  # type: ignore[arg-type]
    for key in table:
        if key not in fields:
            raise ConfigError(f"{where}: unknown key {key!r}; {near_miss(key, fields)}")
    values = {}
    for name, field in fields.items():
        if name in table:
            values[name] = _convert(table[name], hints[name], where=where, key=name)
        elif field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING:
            raise ConfigError(f"{where}: {name!r} is missing; keys: {', '.join(fields)}")
    try:
        return schema(**values)
    except ValueError as error:  # a schema's own __post_init__ checks
        raise ConfigError(f"{where}: {error}") from None


def _convert(value: Any, hint: Any, *, where: str, key: str) -> Any:
    place = f"{where} {key}"
    origin = typing.get_origin(hint)
    if origin is typing.Annotated:
        quantity = next((m for m in hint.__metadata__ if isinstance(m, Quantity)), None)
        return parse_quantity(value, quantity, where=place) if quantity else _convert(value, hint.__origin__, where=where, key=key)
    if origin in (typing.Union, types.UnionType):
        inner = [arg for arg in typing.get_args(hint) if arg is not type(None)]
        return _convert(value, inner[0], where=where, key=key)
    if origin is typing.Literal:
        allowed = typing.get_args(hint)
        if value not in allowed:
            raise ConfigError(f"{place}: {value!r} is not allowed; {near_miss(str(value), map(str, allowed))}")
        return value
    if origin is tuple:
        args = typing.get_args(hint)
        if not isinstance(value, list):
            raise ConfigError(f"{place}: expected a list, got {value!r}")
        if args[-1] is not Ellipsis and len(value) != len(args):
            raise ConfigError(f"{place}: expected a list of {len(args)}, got {len(value)}")
        inner = [args[0]] * len(value) if args[-1] is Ellipsis else list(args)
        return tuple(_convert(item, kind, where=where, key=f"{key}[{i}]") for i, (item, kind) in enumerate(zip(value, inner, strict=True)))
    if dataclasses.is_dataclass(hint):
        if not isinstance(value, dict):
            raise ConfigError(f"{place}: expected a table [{key}], got {value!r}")
        return from_table(value, typing.cast(type, hint), where=f"{where} [{key}]")
    if hint is float and isinstance(value, (int, float)) and not isinstance(value, bool):
        if not math.isfinite(value):
            raise ConfigError(f"{place}: expected a finite number, got {value!r}")
        return float(value)
    if isinstance(value, hint) and not (hint is int and isinstance(value, bool)):
        return value
    raise ConfigError(f"{place}: expected {getattr(hint, '__name__', hint)}, got {value!r}")
