"""Pen plotters: what goes over the wire, what a plotter and its owner may do meanwhile, and cuts in mid-byte."""

from __future__ import annotations

import dataclasses
import re
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest

from plotwriter.devices import compare_drawn, load_profile, open_device, plan_page, plot_page, simulated_board
from plotwriter.devices.device import Device
from plotwriter.devices.hpgl import HpglStream, Noise, Number, Place, Said
from plotwriter.devices.hpgl_device import HpglDevice
from plotwriter.devices.hpgl_encode import encode
from plotwriter.devices.journal import Header, read_journal
from plotwriter.devices.preflight import preflight
from plotwriter.devices.profile import HpglTable
from plotwriter.devices.session import plot_rest, resumption
from plotwriter.devices.simulator import Faults, HpglBoard, SimPort, make_board, replug
from plotwriter.errors import AlarmError, ConfigError, DeviceError, PortError, ProtocolError
from plotwriter.ink import Document, Ink, Page, Stroke
from tests.devices.factories import WatchedPort, make_loops, make_page
from tests.devices.test_resume import Sheet, make_note, touches, unsynced
from tests.devices.test_resume_again import all_there, begin, go_on
from tests.factories import make_page as make_letter

PLOTTERS = ["hp7475a", "hp7475a_a3", "hp7440a"]


def table_of(name: str) -> HpglTable:
    table = load_profile(name).hpgl
    assert table is not None
    return table


def make_device(machine: str = "hp7475a", **faults: int) -> tuple[HpglDevice, HpglBoard]:
    profile = load_profile(machine)
    board = make_board(profile, faults=Faults(**faults))
    assert isinstance(board, HpglBoard)
    return HpglDevice(profile, SimPort(board)), board


def test_answers_are_told_apart_however_they_are_cut() -> None:
    said = b"16\r1249,-562,1\r1249.0000,-562.0000,1\r7475A\r\n0,0,11040,7721\r\x00#~\r"
    wanted = [Number(16), Place(1249, -562, True), Place(1249, -562, True), Said("7475A"), Said("0,0,11040,7721"), Noise("\x00#~")]
    assert HpglStream(window=896).feed(said) == wanted
    stream = HpglStream(window=896)
    assert [event for byte in said for event in stream.feed(bytes([byte]))] == wanted


def test_no_more_is_out_than_the_window_and_an_answer_makes_room() -> None:
    stream = HpglStream(window=48)
    assert stream.send("PU;PA1,2;PD;") is not None and stream.send("PR3,4;PU;OS;OA;") is not None
    assert (stream.in_flight, stream.unanswered) == (27, 1)
    assert stream.send("PA1000,1000;PD;PR10,0;PU;OS;OA;") is None
    assert stream.feed(b"16\r") == [Number(16)] and stream.in_flight == 27
    stream.feed(b"4,6,0\r")
    assert stream.in_flight == 0 and stream.send("PA1000,1000;PD;PR10,0;PU;OS;OA;") is not None


@pytest.mark.parametrize("text", ["PU", "PU;P", "PR1,2", "G1 X1;", "", "PU;\x1b.K", "PR" + "1,2," * 300 + "1,2;"])
def test_only_whole_instructions_are_sent(text: str) -> None:
    with pytest.raises(ProtocolError, match="no row of whole instructions"):
        HpglStream(window=896).send(text)


@pytest.mark.parametrize("machine", PLOTTERS)
def test_no_piece_is_longer_than_its_machine_takes(machine: str) -> None:
    profile, table = load_profile(machine), table_of(machine)
    out = 0  # bytes since the last question
    for wire in encode(plan_page(make_page(n_words=8), profile), profile):
        text = wire.piece.text
        assert re.fullmatch(r"([A-Z]{2}[-\d,]*;)+", text) and max(map(len, text.split(";"))) < max(table.longest, 14)
        out += len(text)
        assert out <= table.window
        out = 0 if wire.piece.asks else out


@pytest.mark.parametrize("page", [Page(297, 210), Page(420, 297)], ids=["a4", "a3"])
def test_vpypes_own_writer_draws_in_the_same_places(page: Page) -> None:
    """Another program's idea of where the sheet lies under the pen: every stroke within a unit or two."""
    from plotwriter.layout.vpype_bridge import to_hpgl

    ink = make_letter(30, page=Page(297, 210))
    ink = Ink(tuple(dataclasses.replace(stroke.with_points(stroke.points + 4 + 15j), pen=1) for stroke in ink.strokes), ink.text, page)
    theirs = [np.array(found.split(","), int) for found in re.findall(r"PU(-?\d+,-?\d+);PD", to_hpgl(ink))]
    profile = load_profile("hp7475a" if page.width < 400 else "hp7475a_a3")
    written = "".join(wire.piece.text for wire in encode(plan_page(ink, profile), profile))
    ours = [np.array(found.split(","), int) for found in re.findall(r"PA(-?\d+,-?\d+);PD", written)]
    assert len(ours) == len(theirs) == len(ink.strokes)
    assert max(np.abs(a - b).max() for a, b in zip(ours, theirs, strict=True)) <= 2


@pytest.mark.parametrize("machine", PLOTTERS)
def test_strokes_begin_and_end_within_half_a_unit_of_the_ink(machine: str) -> None:
    device, board = make_device(machine)
    device.connect()
    ink = make_page(n_words=8)
    plan = plot_page(ink, device.profile, device)
    half = table_of(machine).unit / 2 + 1e-9
    drawn = board.drawn()
    assert len(drawn) == len(ink.strokes) and board.lost_bytes == board.carriage.clipped == 0
    for stroke, piece in zip(ink.strokes, drawn, strict=True):
        if len(stroke.points) > 1:
            wanted = plan.placement.to_machine(stroke.points[[0, -1]])
            off = piece[[0, -1]] - wanted
            assert max(np.abs(off.real).max(), np.abs(off.imag).max()) <= half


@pytest.mark.parametrize("machine", PLOTTERS)
def test_a_sheet_lies_where_the_plotter_takes_it_either_way_round(machine: str) -> None:
    profile, table = load_profile(machine), table_of(machine)
    across, down = table.origin
    for size in (table.sheet, table.sheet[::-1]):
        placement = plan_page(replace(make_page(n_words=4), page=Page(*size)), profile).placement
        assert placement.offset == pytest.approx(complex(-across, profile.travel[1] - down))
    assert plan_page(make_page(n_words=4), profile).placement.offset == pytest.approx(1j * (profile.travel[1] - 105))


def test_the_speed_is_said_in_steps_the_plotter_knows() -> None:
    profile = load_profile("hp7475a")
    profile = replace(profile, motion=replace(profile.motion, feed=50.0))
    device = HpglDevice(profile, SimPort(make_board(profile)))
    device.connect()
    ink = make_page(n_words=12)
    board = simulated_board(device)
    assert board is not None
    began = board.elapsed
    plan = plot_page(ink, profile, device)
    assert board.carriage.speed == pytest.approx(49.53)  # type: ignore[attr-defined]
    assert plan.duration / (board.elapsed - began) == pytest.approx(1.0, abs=0.01)


def test_the_view_key_is_waited_out() -> None:
    device, board = make_device()
    device.connect()
    ink, ends = make_page(n_words=2), [0.0]

    class Viewer(SimPort):
        def read(self, timeout: float) -> bytes:
            now = self.clock.now()
            if len(board.drawn()) >= 3 and not ends[0]:
                board.view, ends[0] = True, now + 40.0
            board.view = board.view and now < ends[0]
            return super().read(timeout)

    device.transport = Viewer(board)
    plan = plot_page(ink, device.profile, device)
    assert ends[0] and board.elapsed > ends[0] and compare_drawn(ink, plan, board).max_deviation < 0.05


def test_a_raised_paper_lever_ends_the_job_and_the_place_is_not_known_any_more() -> None:
    device, board = make_device()
    device.connect()

    class Lever(SimPort):
        def read(self, timeout: float) -> bytes:
            board.lever = len(board.drawn()) >= 3
            return super().read(timeout)

    device.transport = Lever(board)
    with pytest.raises(AlarmError, match="the paper lever was raised"):
        plot_page(make_page(n_words=2), device.profile, device)
    board.lever = False
    board.clock.sleep(3)
    again = HpglDevice(device.profile, replug(SimPort(board)))
    again.connect()
    assert not again.position_known and not board.pen_is_down


def test_a_lever_that_is_up_at_the_start_is_told_and_the_place_forgotten() -> None:
    device, board = make_device()
    device.connect()
    plot_page(make_page(n_words=1), device.profile, device)
    board.lever = True
    again = HpglDevice(device.profile, replug(SimPort(board)))
    with pytest.raises(AlarmError, match="the paper lever is up; load the sheet and lower it"):
        again.connect()
    board.lever = False
    board.clock.sleep(3)
    third = HpglDevice(device.profile, replug(SimPort(board)))
    third.connect()
    assert not third.position_known and third.left_at is None


def test_another_size_of_paper_is_refused_before_anything_is_drawn() -> None:
    profile = load_profile("hp7475a")
    board = make_board(load_profile("hp7475a_a3"))
    with pytest.raises(ConfigError, match=r"reaches 402 x 275 mm from 0,0, the profile says 275 x 192"):
        HpglDevice(profile, SimPort(board)).connect()
    device = HpglDevice(profile, SimPort(board))
    device.connect(prepare=False)
    assert "402 x 275" in device.facts().complaints[0]
    other = HpglDevice(profile, SimPort(make_board(load_profile("hp7440a"))))
    other.connect(prepare=False)
    assert "'7440A', the profile is of '7475A'" in other.facts().complaints[0]
    with pytest.raises(ConfigError, match="its buffer holds 60 bytes, the profile says 1024"):
        other.connect()


def test_lost_bytes_show_in_where_the_stroke_ends() -> None:
    """One digit is lost on the wire: the plotter has nothing to complain of, and yet it is noticed at that stroke."""
    device, board = make_device()
    device.connect()

    class Lossy(SimPort):
        armed = True

        def write(self, sent: bytes) -> None:
            if self.armed and b"PR241," in sent:
                self.armed, sent = False, sent.replace(b"PR241,", b"PR41,")
            super().write(sent)

    device.transport = Lossy(board)
    with pytest.raises(ProtocolError, match=r"not where the stroke ends.*stroke 3 of 7"):
        plot_page(make_page(seed=1, n_words=2), device.profile, device)
    assert not board.pen_is_down


def test_a_buffer_that_overflowed_is_told() -> None:
    device, board = make_device()
    device.connect()
    device._talk.stream.window = 10**6
    board._size = 100
    with pytest.raises(DeviceError):
        plot_page(make_page(n_words=2), device.profile, device)
    assert not board.pen_is_down


@pytest.mark.parametrize("machine", ["hp7475a", "hp7440a"])
def test_a_page_cut_at_any_byte_is_finished(machine: str, tmp_path: Path) -> None:
    sheet = Sheet(machine, make_page(n_words=2))
    ink = sheet.document.pages[0].strokes
    rng = np.random.default_rng(4)
    n_cut = 0
    for i, at in enumerate(rng.integers(150, 1500, 40).tolist()):
        path = tmp_path / str(i)
        board = make_board(sheet.profile, faults=Faults(disconnect_at_byte=at))
        port = SimPort(board)
        device = HpglDevice(sheet.profile, port)
        try:
            with unsynced(path) as journal:
                journal.write(asdict(Header("0" * 64, machine)))
                device.connect()
                plot_rest(sheet.plan, device, journal=journal)
        except PortError:
            n_cut += 1
        else:
            continue
        board.clock.sleep(float(rng.uniform(0, 6)))
        again = HpglDevice(sheet.profile, replug(port))
        again.connect()
        assert not board.pen_is_down
        before = board.drawn()
        found = resumption(read_journal(path), [sheet.plan], sheet.words, left_at=again.left_at)
        first = found.place.stroke
        with unsynced(path) as journal:
            plot_rest(sheet.plan, again, first=first, journal=journal)
        assert len(before) - first <= len(found.again) <= 2
        assert all(touches(sheet.plan, ink[:first], before[:first]))
        assert all(touches(sheet.plan, ink[first:], board.drawn()[len(before) :]))
    assert n_cut > 20


def test_a_stop_in_mid_stroke_has_the_pen_up_soon() -> None:
    """What it holds is dropped at once; only the vector that is being drawn ends."""
    loops = make_loops(np.random.default_rng(1), at=60 + 50j, n=2000, size=12)
    ink = Ink((Stroke(loops, (0, 3)),), "nit", Page(148, 105))
    device, board = make_device()
    device.connect()
    began = board.elapsed
    plan = plot_page(ink, device.profile, device)
    assert plan.duration > 2.5 and plan.duration / (board.elapsed - began) == pytest.approx(1.0, abs=0.05)  # nothing waits for it
    for after in np.linspace(0.3, 0.9, 7) * plan.duration:
        device, board = make_device()
        device.connect()
        stop = [board.elapsed + float(after)]

        class Pressed(WatchedPort):
            def look(self) -> None:
                if stop and self.clock.now() >= stop[0]:  # noqa: B023  called at once
                    stop[:] = []  # noqa: B023
                    raise KeyboardInterrupt

        device.transport = Pressed(board)
        pressed = stop[0]
        with pytest.raises(KeyboardInterrupt):
            plot_page(ink, device.profile, device)
        assert not board.pen_is_down and board.carriage.servo.contacts[-1][1] - pressed < 0.5


def test_a_power_cut_at_every_instruction_is_noticed_and_the_sheet_finished(tmp_path: Path) -> None:
    """The paper lies where it lay, a person says so; what was in the buffer is gone, and the pen is in the carousel."""
    sheet = Sheet("hp7475a", make_note())
    noticed = 0
    for at in range(1, 90):
        board = make_board(sheet.profile, faults=Faults(reset_at=at))
        assert isinstance(board, HpglBoard)
        port, path = SimPort(board), tmp_path / str(at)
        if begin(sheet, port, path):
            assert board.carriage.pen == 1
            continue
        noticed += 1
        before = len(board.drawn())
        board.clock.sleep(5)
        found = go_on(sheet, replug(port), path)
        assert found is not None and all_there(sheet, board.drawn()) and not board.pen_is_down and board.carriage.pen == 1
        assert before <= found[0] + found[1] <= found[0] + 2
    assert noticed > 20


def test_pens_of_the_carousel_are_taken_and_put_away() -> None:
    device, board = make_device()
    device.connect()
    assert board.carriage.pen == 1 and device.take_pen(4) and board.carriage.pen == 4 and not device.take_pen(7)
    plot_page(make_page(n_words=1), device.profile, device)
    device.close()
    board.clock.sleep(5)
    board.run_to(board.clock.now())
    assert board.carriage.pen == 0
    again, other = make_device()
    again.connect()
    again.close()  # nothing was drawn: a pen that a person has taken out stays out
    other.clock.sleep(5)
    other.run_to(other.clock.now())
    assert other.carriage.pen == 1


def test_two_pens_are_changed_by_the_plotter_itself() -> None:
    from plotwriter.cli.run import Run
    from plotwriter.exchange import canonical

    ink = make_page(n_words=2)
    ink = replace(ink, strokes=tuple(replace(stroke, pen=2 if i < 3 else 5) for i, stroke in enumerate(ink.strokes)))
    document = canonical(Document((ink,), ink.text))
    device: Device = open_device(load_profile("hp7475a"), "sim")
    board = simulated_board(device)
    assert isinstance(board, HpglBoard)
    assert any("which its carousel holds" in check.value for check in preflight(document, device.profile).checks)
    taken: list[tuple[int, int]] = []
    take = device.take_pen  # type: ignore[attr-defined]
    device.take_pen = lambda pen: (taken.append((pen, len(board.drawn()))), take(pen))[1]  # type: ignore[attr-defined]
    facts = Run(document, device, port="sim", quiet=True).plot()
    assert facts["drawn"] == len(ink.strokes) and taken == [(2, 0), (5, 3)] and board.carriage.pen == 5


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("window", 1024, "less than buffer"),
        ("longest", 900, "to window less 8"),
        ("pen", 7, "one of pens"),
        ("unit", 0.0, "unit is above 0"),
    ],
)
def test_a_table_that_would_lose_strokes_is_refused(key: str, value: float, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        replace(table_of("hp7475a"), **{key: value})
