"""The capture page in a real browser, drawn on with pointer events."""

import json
import os
from pathlib import Path

import numpy as np
import pytest

from plotwriter.inkfiles import read_ink
from plotwriter.studio.capture import GUIDE, page
from plotwriter.studio.prompts import PROMPTS
from tests.factories import make_ink
from tests.studio.browser import CHROMIUM, Browser

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    with Browser(tmp_path_factory.mktemp("profile")) as found:
        yield found


def word(text, seed=0):
    """Strokes on the page's guide, px of the sheet."""
    ink = make_ink(text, 2, seed, x_height=GUIDE["x_height"])
    return [stroke.points[::6] * 0.9 + 40 + 1j * GUIDE["baseline"] for stroke in ink.strokes]


def draw(browser, strokes):
    left, top, wide = browser.ask(
        "(() => { const b = document.getElementById('sheet').getBoundingClientRect(); return [b.x, b.y, b.width] })()"
    )
    for stroke in strokes:
        browser.pen([(left + z.real * wide / 900, top + z.imag * wide / 900) for z in stroke.tolist()])


def test_words_drawn_are_saved_undone_skipped_and_resumed(browser, server, tmp_path):
    path = tmp_path / "mine.json"
    browser.open(server.url)
    first = word(PROMPTS[0])
    draw(browser, first)
    assert browser.ask("strokes.length") == len(first)
    browser.click("undo")
    assert browser.ask("strokes.length") == len(first) - 1
    browser.click("redo")
    if shown := os.environ.get("PLOTWRITER_SCREENSHOT"):
        browser.picture(Path(shown))
    browser.click("next")
    browser.until("at === 1")
    assert [row["text"] for row in json.loads(path.read_text())["samples"]] == [PROMPTS[0]]
    browser.click("skip")
    browser.until("at === 2")
    second = word(PROMPTS[2], 1)
    draw(browser, second)
    browser.click("next")
    browser.until("at === 3")
    browser.open(server.url)  # the tab was closed in between
    assert browser.ask("at") == 1 and browser.ask("Object.keys(samples).length") == 2
    samples = read_ink(path)
    assert [sample.text for sample in samples] == [PROMPTS[0], PROMPTS[2]]
    for sample, drawn in zip(samples, (first, second), strict=True):
        assert len(sample.strokes) == len(drawn)
        for a, b in zip(sample.strokes, drawn, strict=True):
            assert np.abs(b[:, None] - a[None]).min(1).max() < 1.5  # px: every point drawn is there
    pressures = {point[3] for row in json.loads(path.read_text())["samples"] for stroke in row["strokes"] for point in stroke}
    assert max(pressures) == pytest.approx(0.6, abs=0.02)
    times = [point[2] for point in json.loads(path.read_text())["samples"][0]["strokes"][0]]
    assert times == sorted(times) and times[-1] > 0


def test_the_page_asks_nothing_of_anyone_else(browser, server):
    browser.events.clear()
    browser.open(server.url)
    draw(browser, word(PROMPTS[0]))
    asked = {event["params"]["request"]["url"] for event in browser.events if event.get("method") == "Network.requestWillBeSent"}
    assert asked and all(address.startswith((server.url, "data:")) for address in asked), asked


def test_the_file_works_without_a_server(browser, tmp_path):
    alone = tmp_path / "page.html"
    alone.write_text(page("mine", server=False), encoding="utf-8")
    browser.open(alone.as_uri())
    draw(browser, word(PROMPTS[0]))
    browser.click("next")
    browser.until("at === 1")
    browser.open(alone.as_uri())
    assert browser.ask("at") == 1
    browser.send("Browser.setDownloadBehavior", behavior="allow", downloadPath=str(tmp_path))
    browser.click("export")
    browser.until("true")
    end = 200
    while not (tmp_path / "mine.json").exists() and end:
        browser.ask("new Promise((done) => setTimeout(done, 50))")
        end -= 1
    assert [sample.text for sample in read_ink(tmp_path / "mine.json")] == [PROMPTS[0]]
