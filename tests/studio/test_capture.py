"""What the capture server answers, and what it does not."""

import http.client
import json
from itertools import pairwise

import pytest

from plotwriter.errors import FileError
from plotwriter.inkfiles import read_ink
from plotwriter.studio.capture import GUIDE, MAX_BODY, Capture, page
from plotwriter.studio.prompts import NEEDED, PROMPTS

STROKES = [[[10, 170, 0, 0.5], [20, 120, 8, 0.5]], [[30, 100, 99, 0.5]]]


def ask(server, method, path, body=None, **headers):
    host = f"127.0.0.1:{server.http.server_port}"
    connection = http.client.HTTPConnection(host, timeout=10)
    given = {"Host": host, "Origin": f"http://{host}", "Content-Type": "application/json"} | {
        k.replace("_", "-"): v for k, v in headers.items()
    }
    connection.request(method, path, body, {k: v for k, v in given.items() if v is not None})
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    return answer.status, content, answer


def word(k=0, strokes=STROKES):
    return json.dumps({"prompt": k, "sample": {"text": "anything", "strokes": strokes}})


def test_the_prompts_have_what_a_letter_needs():
    assert set(NEEDED) == set("".join(PROMPTS)) and 50 <= len(PROMPTS) <= 80 and len(set(PROMPTS)) == len(PROMPTS)
    assert set("abcdefghijklmnopqrstuvwxyz") <= set("".join(PROMPTS[:20]))
    assert len({a + b for text in PROMPTS for a, b in pairwise(text) if (a + b).islower()}) > 120


def test_a_word_is_on_disk_when_the_answer_comes(server, tmp_path):
    status, content, _ = ask(server, "POST", f"/{server.token}/word", word(3))
    assert status == 200 and json.loads(content) == {"saved": 1}
    sample = read_ink(tmp_path / "mine.json")[0]
    assert sample.text == PROMPTS[3] and len(sample.strokes) == 2 and sample.guide.x_height == GUIDE["x_height"]
    assert json.loads(ask(server, "GET", f"/{server.token}/state")[1])["samples"][0]["prompt"] == 3
    assert ask(server, "POST", f"/{server.token}/word", json.dumps({"prompt": 3, "sample": None}))[0] == 200
    assert json.loads((tmp_path / "mine.json").read_text())["samples"] == []


def test_what_was_saved_is_gone_on_with(tmp_path):
    state = Capture.resume("mine", tmp_path / "mine.json")
    state.keep(json.loads(word(5)))
    again = Capture.resume("mine", tmp_path / "mine.json")
    assert again.words.keys() == {5} and again.value() == state.value()
    (tmp_path / "mine.json").write_text("[1]")
    with pytest.raises(FileError, match="move it away"):
        Capture.resume("mine", tmp_path / "mine.json")


def test_prompts_of_ones_own(tmp_path):
    own = Capture.resume("mine", tmp_path / "mine.json", ("Grüße", "two words"))
    own.keep({"prompt": 1, "sample": {"strokes": STROKES}})
    assert read_ink(tmp_path / "mine.json")[0].text == "two words"
    with pytest.raises(FileError, match="another list of prompts"):
        Capture.resume("mine", tmp_path / "mine.json")


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/", {}, 404), ("/x/", {}, 404), ("/TOKEN", {}, 404), ("/TOKEN/../mine.json", {}, 404), ("/TOKEN/mine.json", {}, 404),
        ("//etc/passwd", {}, 404), ("/TOKEN/%2e%2e/x", {}, 404),
        ("/TOKEN/", {"Host": "evil.example"}, 403), ("/TOKEN/", {"Host": "127.0.0.1:1"}, 403),
        ("/TOKEN/", {"Origin": "http://evil.example"}, 403),
        ("/TOKEN/state", {"Origin": "null"}, 403), ("/TOKEN/", {"Origin": None}, 200),
    ],
)  # fmt: skip
def test_who_is_let_in(server, path, headers, status):
    assert ask(server, "GET", path.replace("TOKEN", server.token), **headers)[0] == status


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        ("{", {}, 400), ("[]", {}, 400), ("[" * 5000, {}, 400), (word(-1), {}, 400), (word(999), {}, 400), (word(True), {}, 400),
        (word(0, []), {}, 400), (word(0, [[["a", 1]]]), {}, 400), (word(0, [[[1e99, 1]]]), {}, 400), (word(0, "strokes"), {}, 400),
        (b"\xff", {}, 400), ('{"prompt": 0, "sample": {"strokes": [[[NaN, 1]]]}}', {}, 400),
        (word(), {"Origin": None}, 403), (word(), {"Origin": "https://evil.example"}, 403), (word(), {"Content_Type": "text/plain"}, 415),
        (b"", {"Content_Length": str(MAX_BODY + 1)}, 413), (b"", {"Content_Length": "9" * 30}, 413), (b"", {"Content_Length": "-1"}, 413),
    ],
)  # fmt: skip
def test_words_that_are_none_change_nothing(server, tmp_path, body, headers, status):
    ask(server, "POST", f"/{server.token}/word", word(1))
    before = (tmp_path / "mine.json").read_bytes()
    assert ask(server, "POST", f"/{server.token}/word", body, **headers)[0] == status
    assert (tmp_path / "mine.json").read_bytes() == before


def test_it_listens_on_the_loopback_and_keeps_its_address_to_itself(server):
    assert server.http.server_address[0] == "127.0.0.1" and len(server.token) >= 32
    _, content, answer = ask(server, "GET", f"/{server.token}/")
    assert answer.headers["Referrer-Policy"] == "same-origin" and answer.headers["X-Frame-Options"] == "DENY"
    assert b"default-src 'none'" in content and b"http://" not in content and b"https://" not in content


def test_a_name_cannot_break_out_of_the_page():
    assert "</script><b>" not in page("</script><b>", server=False)
