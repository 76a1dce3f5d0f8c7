from __future__ import annotations

import pytest

from plotwriter.devices.grbl import Ack, Alarm, Fault, GrblStream, Message, Noise, Status, Welcome
from plotwriter.errors import ProtocolError


def line(n_bytes: int) -> str:
    return "G1" + "X" * (n_bytes - 3)


def test_grbls_own_worked_example() -> None:
    stream = GrblStream(rx_capacity=128)
    sizes = [25, 40, 31, 58, 20]
    assert [len(stream.send(line(n)) or b"") for n in sizes[:3]] == sizes[:3]
    assert stream.in_flight == 96
    assert stream.send(line(58)) is None  # 154
    assert stream.feed(b"ok\r\n") == [Ack(0, line(25))]
    assert stream.send(line(58)) is None  # 129: one too many
    stream.feed(b"ok\r\n")
    assert stream.send(line(58)) is not None and stream.in_flight == 89
    assert stream.send(line(20)) is not None and stream.in_flight == 109
    assert [event.number for event in stream.feed(b"ok\r\nok\r\nok\r\n") if isinstance(event, Ack)] == [2, 3, 4]
    assert stream.in_flight == 0


def test_the_window_is_used_to_the_last_byte() -> None:
    stream = GrblStream(rx_capacity=128)
    assert stream.send(line(64)) and stream.send(line(64)) and stream.in_flight == 128
    assert stream.send("") is None


TALK = (
    b"\r\nGrbl 1.1h ['$' for help]\r\n[MSG:'$H'|'$X' to unlock]\r\n$32=0\r\n<Hold:0|MPos:0.000,1.000,0.000|FS:0,0|WCO:0,0,0>\r\n"
    b"ok\r\nALARM:3\r\nerror:9\r\nok\r\n#\x01\r\n<Idle|MPos:0,0,0>\r\n"
)


def test_whole_equals_byte_by_byte_equals_with_a_tail() -> None:
    def talk(parts: list[bytes]) -> list[object]:
        stream = GrblStream()
        return [event for part in parts for event in stream.feed(part)]

    whole = talk([TALK])
    assert talk([bytes([byte]) for byte in TALK]) == whole
    assert talk([TALK + b"o"]) == whole
    kinds = [Welcome, Message, Message, Status, Noise, Alarm, Fault, Noise, Noise, Status]  # an ok with nothing sent answers nothing
    assert [type(event) for event in whole] == kinds
    assert whole[3] == Status("Hold:0", "<Hold:0|MPos:0.000,1.000,0.000|FS:0,0|WCO:0,0,0>")


def test_an_error_in_mid_window_names_its_line_and_frees_it() -> None:
    stream = GrblStream()
    for text in ("G1 X1 F100", "G1 X", "G1 X3"):
        stream.send(text)
    ack, fault = stream.feed(b"ok\r\nerror:2\r\n")
    assert ack == Ack(0, "G1 X1 F100")
    assert isinstance(fault, Fault) and (fault.number, fault.gcode_line, fault.code) == (1, "G1 X", 2)
    assert stream.unanswered == 1


def test_pushed_messages_free_nothing_and_a_reset_frees_all() -> None:
    stream = GrblStream()
    stream.send("G1 X1 F100")
    stream.feed(b"[MSG:Caution]\r\n<Run|MPos:0,0,0>\r\n")
    assert stream.unanswered == 1
    assert stream.feed(b"Grbl 1.1h ['$' for help]\r\n") == [Welcome("Grbl 1.1h ['$' for help]")]
    assert stream.in_flight == 0


@pytest.mark.parametrize("bad", ["G" * 80, "G1 X1 ?", "(hi!)", "G1\nX2", "é"])
def test_lines_grbl_would_misread_are_not_sent(bad: str) -> None:
    with pytest.raises(ProtocolError, match="GRBL"):
        GrblStream().send(bad)
