"""vpype penplot is a plot like any other: journalled, paused, taken up again."""

import json

import pytest

from plotwriter.devices.journal import unfinished
from tests.cli.runner import plotwriter
from tests.cli.test_resume import Desk, n_drawn

DRAWING = "line --layer 1 2cm 2cm 8cm 3cm circle --layer 2 5cm 5cm 1cm line --layer 2 1cm 9cm 9cm 9cm pagesize a5"


def test_a_drawing_cut_off_is_finished_by_resume(monkeypatch, tmp_path):
    cli = pytest.importorskip("vpype_cli")
    monkeypatch.setenv("PLOTWRITER_HOME", str(tmp_path))
    desk = Desk(monkeypatch, "axidraw", disconnect_after=60)
    with pytest.raises(Exception, match=r"the connection was lost.*go on with: plotwriter resume"):
        cli.execute(f"{DRAWING} penplot --port sim")
    (state,) = unfinished()
    assert state.header.source == "vpype penplot" and state.header.machine == "axidraw" and state.sent > 0
    again = plotwriter("resume", "--json")
    assert again.code == 0, again.err
    assert 3 <= n_drawn(desk.board) <= 3 + len(json.loads(again.out)["again"]) and unfinished() == []


def test_a_page_is_refused_before_anything_moves(monkeypatch, tmp_path):
    cli = pytest.importorskip("vpype_cli")
    monkeypatch.setenv("PLOTWRITER_HOME", str(tmp_path))
    desk = Desk(monkeypatch, "axidraw")
    with pytest.raises(Exception, match=r"reaches 300 x 218 mm, but .* lies 480.0 mm before y = 0"):
        cli.execute("line 2cm 2cm 90cm 3cm pagesize a2 penplot --port sim")
    assert n_drawn(desk.board) == 0 and unfinished() == []
