"""Finding a port and opening it: what is there, what came back under another name, and why it cannot be opened."""

from __future__ import annotations

import os
import sys
from types import SimpleNamespace

import pytest

from plotwriter.devices import load_profile, open_port, transport
from plotwriter.devices.transport import Identity
from plotwriter.errors import PortError

posix = pytest.mark.skipif(sys.platform == "win32", reason="device files are POSIX")
ADA = Identity("04D8:FD92", "Ada")


def port(name: str, vid: int | None = 0x04D8, serial: str = "", pid: int = 0xFD92, description: str = "") -> SimpleNamespace:
    return SimpleNamespace(device=name, vid=vid, pid=pid, serial_number=serial or None, description=description)


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The paths that are opened, none of them really."""
    paths: list[str] = []
    monkeypatch.setattr(transport, "SerialTransport", lambda path, **_: paths.append(path))
    return paths


def plugged(monkeypatch: pytest.MonkeyPatch, *ports: SimpleNamespace) -> None:
    monkeypatch.setattr(transport, "listed_ports", lambda: list(ports))


@pytest.mark.parametrize("spec", ["auto", "/dev/ttyACM0", "Ada"])
def test_a_machine_that_came_back_under_another_path_is_the_same(spec: str, opened: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    plugged(monkeypatch, port("/dev/ttyACM1", serial="Ada"), port("/dev/ttyACM2", serial="Bob"), port("/dev/ttyS0", None))
    open_port(spec, load_profile("axidraw"), known=ADA)
    assert opened == ["/dev/ttyACM1"]


def test_another_machine_in_its_place_is_not_taken_for_it(opened: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    profile = load_profile("axidraw")
    plugged(monkeypatch, port("/dev/ttyACM0", serial="Bob"))
    with pytest.raises(PortError, match=r"/dev/ttyACM0: is another machine now \(04D8:FD92, Bob\); the one before \(04D8:FD92, Ada\)"):
        open_port("/dev/ttyACM0", profile, known=ADA)
    plugged(monkeypatch, port("/dev/ttyS0", None))
    with pytest.raises(PortError, match=r"the machine \(04D8:FD92, Ada\) is not plugged in; there are: /dev/ttyS0"):
        open_port("auto", profile, known=ADA)
    nameless = Identity("1A86:7523")
    twins = [port(f"/dev/ttyUSB{i}", 0x1A86, pid=0x7523) for i in (1, 2)]
    plugged(monkeypatch, *twins)
    with pytest.raises(PortError, match=r"2 ports may be the machine \(1A86:7523\); name one: /dev/ttyUSB1, /dev/ttyUSB2"):
        open_port("/dev/ttyUSB0", profile, known=nameless)
    assert opened == []
    open_port("/dev/ttyUSB2", profile, known=nameless)  # one of two without names, where it was
    plugged(monkeypatch, twins[0])
    open_port("/dev/ttyUSB0", profile, known=nameless)
    assert opened == ["/dev/ttyUSB2", "/dev/ttyUSB1"]


def test_a_nickname_is_found_where_the_system_shows_it(opened: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    plugged(monkeypatch, port("/dev/ttyACM0", serial="Bob"), port("COM7", description="EiBotBoard,Ada"))
    profile = load_profile("axidraw")
    for spec in ("Ada", "Bob", "Cleo"):
        open_port(spec, profile)
    assert opened == ["COM7", "/dev/ttyACM0", "Cleo"]


@posix
def test_ports_that_cannot_be_opened_say_why() -> None:
    profile = load_profile("axidraw")
    with pytest.raises(PortError, match=r"^/dev/nowhere: no such port; [^\n]*$"):
        open_port("/dev/nowhere", profile)
    with pytest.raises(PortError, match=r"^/dev/null: is not a serial port; name one of|no permission"):
        open_port(os.devnull, profile)


def test_auto_wants_exactly_one(monkeypatch: pytest.MonkeyPatch) -> None:
    profile = load_profile("axidraw")
    monkeypatch.setattr(transport, "listed_ports", lambda: [port("/dev/ttyS0", None)])
    with pytest.raises(PortError, match=r"no port with USB id 04D8:FD92; .*/dev/ttyS0"):
        open_port("auto", profile)
    monkeypatch.setattr(transport, "listed_ports", lambda: [port("/dev/nowhere0"), port("/dev/nowhere1")])
    with pytest.raises(PortError, match=r"2 ports .*name one: /dev/nowhere0, /dev/nowhere1"):
        open_port("auto", profile)
    monkeypatch.setattr(transport, "listed_ports", lambda: [port("/dev/nowhere0"), port("/dev/ttyS0", None)])
    with pytest.raises(PortError, match="/dev/nowhere0: no such port"):
        open_port("auto", profile)


@pytest.mark.parametrize("kind", ["SerialException", "SerialTimeoutException", "PortNotOpenError"])
def test_every_error_of_pyserial_becomes_a_port_error(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    serial = pytest.importorskip("serial")
    error = getattr(serial, kind, None) or getattr(serial.serialutil, kind)

    class Cut:
        timeout = 0.0
        in_waiting = 0

        def open(self) -> None:
            pass

        def fail(self, *_: object) -> bytes:
            raise error() if kind == "PortNotOpenError" else error("cut")

        read = write = close = fail

    monkeypatch.setattr(serial, "Serial", lambda *args, **kwargs: Cut())
    cut = open_port("/dev/any", load_profile("axidraw"))
    for use in (lambda: cut.read(0.1), lambda: cut.write(b"V\r")):
        with pytest.raises(PortError, match="/dev/any: the connection was lost"):
            use()
    cut.close()
