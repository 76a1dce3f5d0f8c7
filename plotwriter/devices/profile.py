"""A machine in words and numbers: one TOML file, typed and closed.

Pen heights are percent of the servo's travel and higher is higher, on every board; which pulse or S value
that is stands in the board's own table.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from plotwriter import registry
from plotwriter.config import from_table, home, near_miss, parse_toml
from plotwriter.errors import ConfigError
from plotwriter.motion.limits import Limits, PenTimes
from plotwriter.units import Duration, Length, Speed

__all__ = [
    "Axis",
    "Connection",
    "Dialect",
    "EbbTable",
    "GcodeTable",
    "HpglTable",
    "MachineProfile",
    "Pen",
    "Settle",
    "load_profile",
    "profile_names",
]

Axis = Literal["x", "-x", "y", "-y"]
Dialect = Literal["grbl", "grblhal", "fluidnc", "drawcore", "marlin"]
TABLES = {"ebb": "ebb", "grbl": "gcode", "marlin": "gcode", "hpgl": "hpgl"}  # device -> the table it needs
NAME = re.compile(r"[\w-]{1,64}")  # of a machine, and of its file
STILL = 0.9  # percent; a pen moved less needs no wait.  Source: AxiDraw software


@dataclass(frozen=True, slots=True)
class Settle:
    """How long a servo takes: ((slope d + least)⁴ + (sweep d / rate)⁴)^¼, d in percent of its travel.

    Source: AxiDraw software, pen_handling; 30 % at rate 75 % is 130 ms
    """

    slope: Duration  #: s per percent moved
    least: Duration  #: s for any move
    sweep: Duration  #: s for the whole travel at full rate
    raise_delay: Duration = 0.0  #: s added after raising
    lower_delay: Duration = 0.0  #: s added after lowering

    def seconds(self, distance: float, rate: float) -> float:
        """Seconds to move `distance` percent at `rate` percent of full speed, without the added delay."""
        if distance < STILL:
            return 0.0
        milliseconds = 1000 * ((self.slope * distance + self.least) ** 4 + (self.sweep * distance / rate) ** 4) ** 0.25
        return int(milliseconds) / 1000


@dataclass(frozen=True, slots=True)
class Pen:
    """The pen lift."""

    up: float  #: percent of the servo's travel, higher is higher
    down: float  #: percent of the servo's travel, higher is higher
    raise_rate: float  #: percent of the servo's full speed
    lower_rate: float  #: percent of the servo's full speed
    settle: Settle
    hop: float = 0.0  #: percent, how high it goes between strokes of one word; 0: all the way up
    hop_reach: Length = 6.0  #: mm, longest way between two strokes that is hopped
    raise_overlap: Duration = 0.0  #: s before it is up that it may travel: what is measured, less than what frees it of the paper
    lower_overlap: Duration = 0.0  #: s before it arrives that it may come down: less than what it needs to touch the paper

    def __post_init__(self) -> None:
        """A pen that is lower when it is up draws its travel."""
        if self.hop and not self.down < self.hop <= self.up:
            raise ValueError(f"hop ({self.hop:g}) lies above down ({self.down:g}), up to up ({self.up:g}); 0 for no hop")
        if not 0 <= self.down < self.up <= 100:
            raise ValueError(f"up ({self.up:g}) and down ({self.down:g}) are percent from 0 to 100 and up must be the higher one")
        if not (0 < self.raise_rate <= 100 and 0 < self.lower_rate <= 100):
            raise ValueError("raise_rate and lower_rate are percent above 0, up to 100")

    @property
    def times(self) -> PenTimes:
        """How long raising and lowering take, delays included."""
        distance, low = self.up - self.down, max(self.hop - self.down, 0.0)
        return PenTimes(
            raise_pen=self.settle.seconds(distance, self.raise_rate) + self.settle.raise_delay,
            lower_pen=self.settle.seconds(distance, self.lower_rate) + self.settle.lower_delay,
            raise_overlap=self.raise_overlap,
            lower_overlap=self.lower_overlap,
            hop_raise=self.settle.seconds(low, self.raise_rate) + self.settle.raise_delay if low else 0.0,
            hop_lower=self.settle.seconds(low, self.lower_rate) + self.settle.lower_delay if low else 0.0,
            hop_reach=self.hop_reach,
        )


@dataclass(frozen=True, slots=True)
class Connection:
    """How to find and talk to the board."""

    usb: str  #: "VVVV:PPPP", hexadecimal vendor and product
    baud: int
    rx_capacity: int = 128  #: bytes the board holds unacknowledged (GRBL); less if it says less itself
    quiet: bool = False  #: open it with DTR and RTS down, which on some boards would reset it

    def __post_init__(self) -> None:
        """An id that cannot match finds nothing, silently."""
        if not re.fullmatch(r"[0-9A-Fa-f]{4}:[0-9A-Fa-f]{4}", self.usb):
            raise ValueError(f'usb: {self.usb!r} is not VENDOR:PRODUCT in hexadecimal, such as "04D8:FD92"')
        if self.rx_capacity < 81:
            raise ValueError(f"rx_capacity: {self.rx_capacity} bytes do not hold one line of 80 characters")

    @property
    def ids(self) -> tuple[int, int]:
        """USB vendor and product."""
        vendor, product = self.usb.split(":")
        return int(vendor, 16), int(product, 16)


@dataclass(frozen=True, slots=True)
class EbbTable:
    """What an EBB needs to know about its machine."""

    steps_per_mm: int  #: of each motor, at `microstep`
    microstep: int  #: EM's argument: 1 = 1/16 step, 2 = 1/8
    servo_bottom: int  #: 1/12 us, pulse at 0 %
    servo_top: int  #: 1/12 us, pulse at 100 %
    servo_slots: int  #: SC,8: PWM channels, one refresh is slots * 3 ms
    slice: Duration  #: s, one SM; see ebb_encode
    servo_pin: int = 4  #: SP's fourth word: 4 = B1, where a standard servo is; 2 = B2, brushless servos
    fifo: int = 1  #: moves the board queues besides the running one (CU,4); firmware 3.x takes up to 32, 2.x has 1
    oldest: str = "2.5.4"  #: firmware that drives this machine

    def __post_init__(self) -> None:
        """Refuse what the board would refuse, or worse, accept."""
        if self.steps_per_mm <= 0 or self.microstep not in range(1, 6) or not 1 <= self.servo_slots <= 24:
            raise ValueError("steps_per_mm is above 0, microstep is 1 to 5, servo_slots is 1 to 24")
        if not 1 <= self.servo_pin <= 24 or not 1 <= self.fifo <= 32 or not re.fullmatch(r"\d{1,3}(\.\d{1,3}){0,3}", self.oldest):
            raise ValueError('servo_pin is 1 to 24, fifo is 1 to 32, oldest is a version such as "2.5.4"')
        if not 0.005 <= self.slice <= 0.1:
            raise ValueError(f"slice: {self.slice * 1000:g} ms; from 5 ms (the board starves) to 100 ms (curves become corners)")

    def pulse(self, percent: float) -> int:
        """Servo pulse in 1/12 us."""
        return int(self.servo_bottom + (self.servo_top - self.servo_bottom) * percent / 100 + 0.5)


@dataclass(frozen=True, slots=True)
class GcodeTable:
    """What a board that speaks G-code needs to know about its machine.

    lift    the pen goes by                unit of bottom and top
    m3      M3 S<value>, spindle PWM       S
    m280    M280 P<servo> S<value>         degrees
    z       G1 Z<value>                    mm
    """

    bottom: float  #: value at 0 % of the pen's travel, the lowest
    top: float  #: value at 100 %, the highest; may be the smaller number
    lift: Literal["m3", "m280", "z"] = "m3"
    lift_speed: Speed = 0.0  #: mm/s of Z
    servo: int = 0  #: M280 P
    dialect: Dialect = "grbl"
    homing: bool = False  #: it has limit switches: $H or G28 finds home
    x: Axis = "x"  #: wire x, in a frame with origin at the sheet's lower left, y up
    y: Axis = "y"  #: wire y, likewise

    def __post_init__(self) -> None:
        """Two axes, not one twice, and a lift that can move."""
        if self.x.strip("-") == self.y.strip("-"):
            raise ValueError(f"x = {self.x!r} and y = {self.y!r} are the same axis of the sheet")
        if self.bottom == self.top:
            raise ValueError(f"bottom and top are both {self.top:g}: the pen would never lift")
        if (self.lift == "z") != (self.lift_speed > 0):
            raise ValueError('lift_speed is for lift = "z", and there it must be above 0')
        if (self.lift == "m280") > (self.dialect == "marlin"):
            raise ValueError('lift = "m280" is Marlin\'s; GRBL answers it with error 23')

    def value(self, percent: float) -> float:
        """S, degrees or mm for a pen height."""
        return self.bottom + (self.top - self.bottom) * percent / 100


@dataclass(frozen=True, slots=True)
class HpglTable:
    """What a pen plotter that speaks HPGL needs to know, and what must be known of it.

    sheet  (0,0)----------------------+      `travel` is what the pen reaches of the sheet: the hard-clip limits;
             |   +--- travel -----+   |      its lower left corner is the plotter's own 0, 0 and the pen's home
             |   |                |   |
             |   o----------------+   |      o: `origin`, from the sheet's top left corner
             +------------------------+
    """

    unit: Length  #: mm of one plotter unit
    buffer: int  #: bytes it holds of what it was not yet able to do
    window: int  #: bytes we leave there at most: less than `buffer`, because a buffer filled to the brim has overflowed
    sheet: tuple[Length, Length]  #: mm, the paper it takes, the long side across
    origin: tuple[Length, Length]  #: mm from the sheet's top left corner, where 0, 0 is
    longest: int = 240  #: bytes of one instruction
    pens: int = 1  #: in its carousel
    pen: int = 1  #: the one that is taken at first
    paper: int = -1  #: PS: the sheet size it is told; -1: it knows no such instruction
    identity: str = ""  #: what it answers to OI

    def __post_init__(self) -> None:
        """A window that overruns loses strokes in silence."""
        if not 0 < self.unit < 1 or min(self.sheet) <= 0:
            raise ValueError("unit is above 0 and below 1 mm, sheet is above 0")
        if not 40 <= self.window < self.buffer:
            raise ValueError(f"window: {self.window} bytes; from 40 to less than buffer ({self.buffer})")
        if not 20 <= self.longest <= self.window - 8:
            raise ValueError(f"longest: {self.longest} bytes; from 20 to window less 8 ({self.window - 8})")
        if not 1 <= self.pen <= self.pens <= 8:
            raise ValueError(f"pen ({self.pen}) is one of pens ({self.pens}), at most 8")


@dataclass(frozen=True, slots=True)
class MachineProfile:
    """One machine."""

    title: str  #: for people
    device: str  #: which protocol: a name in the registry
    travel: tuple[Length, Length]  #: mm that x and y reach
    motion: Limits
    pen: Pen
    connection: Connection
    ebb: EbbTable | None = None
    gcode: GcodeTable | None = None
    hpgl: HpglTable | None = None
    name: str = field(default="")  #: the file's name
    path: str = field(default="")  #: the file, where it was named by its path

    def __post_init__(self) -> None:
        """The protocol exists and has its table."""
        if self.device not in registry.names("device"):
            raise ValueError(f"device: no device is called {self.device!r}; {near_miss(self.device, registry.names('device'))}")
        table = TABLES.get(self.device, "")
        if table and getattr(self, table) is None:
            raise ValueError(f"device {self.device!r} needs a table [{table}]")
        if self.gcode is not None and self.device in ("grbl", "marlin") and (self.gcode.dialect == "marlin") != (self.device == "marlin"):
            raise ValueError(f"[gcode] dialect {self.gcode.dialect!r} is not one of device {self.device!r}")
        if min(self.travel) <= 0:
            raise ValueError("travel: both sides must be above 0")
        if self.ebb is None and (self.pen.hop or self.pen.raise_overlap or self.pen.lower_overlap):
            raise ValueError("pen: hop, raise_overlap and lower_overlap are for an EBB; other boards wait for the pen")
        if self.ebb is None and math.isfinite(self.motion.jerk):
            raise ValueError("motion: jerk is for an EBB; other boards make their own ramps, of constant acceleration")


def _folders() -> Iterator[Path]:
    package = Path(__file__).resolve().parent.parent
    yield home() / "machines"
    yield package / "_machines"  # in a wheel
    yield package.parent / "machines"  # in a source checkout


def profile_names() -> list[str]:
    """Every machine that can be named: the user's and the shipped ones."""
    return sorted({path.stem for folder in _folders() if folder.is_dir() for path in folder.glob("*.toml")})


def load_profile(name_or_path: str) -> MachineProfile:
    """A machine by name, or from a file of one's own.

    Args:
        name_or_path: "axidraw", or a path that ends in .toml

    Raises:
        ConfigError: no such machine, or a profile that does not hold up
        FileError: a path that cannot be read
    """
    if name_or_path.endswith(".toml"):
        path = Path(name_or_path)
    else:
        name = name_or_path.strip()
        found = (folder / f"{name}.toml" for folder in _folders()) if NAME.fullmatch(name) else iter(())
        match = next((path for path in found if path.is_file()), None)
        if match is None:
            raise ConfigError(f"no machine is called {name_or_path!r}; {near_miss(name_or_path, profile_names())}")
        path = match
    return replace(
        from_table(_merged(path), MachineProfile, where=path.name),
        name=path.stem,
        path=name_or_path if name_or_path.endswith(".toml") else "",
    )


def _merged(path: Path, above: tuple[Path, ...] = ()) -> dict[str, Any]:
    """A profile's table on top of that of the machine it is based on, and so on down.

    Raises:
        ConfigError: not TOML, or based on no other machine
    """
    table = parse_toml(path)
    if "based_on" not in table:
        return table
    name, above = table.pop("based_on"), (*above, path.resolve())
    found = (folder / f"{name}.toml" for folder in _folders()) if isinstance(name, str) and NAME.fullmatch(name) else iter(())
    base = next((file for file in found if file.is_file() and file.resolve() not in above), None)
    if base is None:
        raise ConfigError(f"{path.name} based_on: no other machine is called {name!r}; {near_miss(str(name), profile_names())}")
    merged = _over(_merged(base, above), table)
    assert isinstance(merged, dict)
    return merged


def _over(below: Any, above: Any) -> Any:
    if isinstance(below, dict) and isinstance(above, dict):
        return {**below, **{key: _over(below.get(key), value) for key, value in above.items()}}
    return above
