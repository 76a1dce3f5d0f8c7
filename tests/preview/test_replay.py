"""The replay, looked at in a real browser where there is one."""

import io
import json
import re
import shutil
import subprocess

import numpy as np
import pytest
from PIL import Image

from plotwriter.devices import load_profile, plan_page
from plotwriter.ink import Page
from plotwriter.preview import to_html
from tests.factories import make_document

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome"))), None)


@pytest.fixture(scope="module")
def replay():
    document = make_document(n_words=12, page=Page(148.0, 105.0))
    plans = [plan_page(page, load_profile("axidraw")) for page in document.pages]
    return document, plans, to_html(document, plans)


def test_moves_are_the_plan_and_lie_on_the_page(replay):
    document, plans, html = replay
    job = json.loads(re.search(r'<script id="job" type="application/json">(.*?)</script>', html, re.S)[1])
    (page,) = job["pages"]
    assert page["duration"] == pytest.approx(plans[0].duration, abs=1e-3)
    drawn = [move for move in page["moves"] if move["down"]]
    assert len(drawn) == len(document.pages[0].strokes)
    for move, stroke in zip(drawn, document.pages[0].strokes, strict=True):
        start, end = complex(*move["p"][:2]), complex(*move["p"][-2:])
        if stroke.length > 0.3:
            assert abs(start - stroke.points[0]) < 0.1 and abs(end - stroke.points[-1]) < 0.1
        assert move["s"] == sorted(move["s"]) and len(move["p"]) == 2 * len(move["s"])
    assert "http" not in html.replace("http-equiv", "")  # nothing is fetched


def test_no_text_ends_the_script(replay):
    from dataclasses import replace

    document, plans, _ = replay
    html = to_html(replace(document, text="</script><b>" + document.text[12:]), plans)
    assert html.count("</script>") == 2 and "<b>" not in html


@pytest.mark.skipif(BROWSER is None, reason="no Chromium or Chrome on the path")
def test_a_browser_shows_more_ink_as_time_goes_on(replay, tmp_path):
    _, plans, html = replay
    file = tmp_path / "replay.html"
    file.write_text(html, encoding="utf-8")

    def shown(moment):
        shot = tmp_path / "shot.png"
        flags = ("--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path / 'profile'}", "--window-size=900,700")
        subprocess.run([BROWSER, *flags, f"--screenshot={shot}", f"{file.as_uri()}#{moment}"], check=True, capture_output=True, timeout=120)
        with Image.open(io.BytesIO(shot.read_bytes())) as picture:
            return np.asarray(picture.convert("RGB")).astype(int)

    def blue(picture):  # the ink of pen 1
        return int(((picture[..., 2] - picture[..., 0] > 30) & (picture[..., 0] < 120)).sum())

    end = plans[0].duration
    amounts = [blue(shown(f"t={t}")) for t in (0, end / 2, end)]
    assert amounts[0] < 0.2 * amounts[1] < 0.2 * amounts[2] and amounts[2] > 500
    coloured = shown(f"t={end}&speed=1")
    reddest = (coloured[..., 0] - coloured[..., 2] > 80) & (coloured[..., 1] < 120)
    assert reddest.sum() > 20 and blue(coloured) > 20  # fast ink and slow ink
