"""What a person types, on a real pseudo-terminal."""

import os
import select
import sys
import threading

import click
import pytest

from plotwriter.cli import keys

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there are no pseudo-terminals")


@pytest.fixture
def keyboard(monkeypatch):
    """Where a person types; the other end is standard input."""
    import pty

    ours, theirs = pty.openpty()
    with os.fdopen(theirs, encoding="utf-8") as terminal:
        monkeypatch.setattr("sys.stdin", terminal)
        yield ours
    os.close(ours)


def test_keys_are_what_a_terminal_sends(keyboard):
    with keys.single_keys():
        typist = threading.Thread(target=os.write, args=(keyboard, b"\x1b[A\x1bOBq \n+\x1b[D"))
        typist.start()
        assert [keys.read_key() for _ in range(7)] == ["up", "down", "q", " ", "enter", "+", "left"]
        typist.join()


def test_no_key_hides_behind_another(keyboard):
    """A pause is asked for once a stroke: whatever else was pressed meanwhile, it is seen."""
    with keys.single_keys():
        os.write(keyboard, b"xyp")
        found = ""
        while len(found) < 3:
            found += keys.keys_pressed()
        assert found == "xyp" and keys.keys_pressed() == ""


@pytest.mark.parametrize(
    ("ask", "early", "late", "answer"),
    [
        (lambda: keys.confirm("is the paper in?"), b"\n", b"n\n", False),
        (lambda: keys.confirm("is the paper in?"), b"n\n", b"\n", True),
        (lambda: keys.prompt("go on?", default="c"), b"c\n\n", b"q\n", "q"),
    ],
)
def test_keys_pressed_before_a_question_do_not_answer_it(keyboard, monkeypatch, ask, early, late, answer):
    """Enter, pressed once too often while page 1 was drawn, must not start page 2 on the same sheet."""
    os.write(keyboard, early)
    assert select.select([sys.stdin], [], [], 5)[0]  # it has arrived
    asked = threading.Event()

    def answered(prompt):
        asked.set()
        return sys.stdin.readline().rstrip("\n")

    monkeypatch.setattr(click.termui, "visible_prompt_func", answered)
    typist = threading.Thread(target=lambda: asked.wait(5) and os.write(keyboard, late))
    typist.start()
    assert ask() == answer
    typist.join()


def test_no_after_all_ends_it(keyboard, monkeypatch):
    monkeypatch.setattr(click.termui, "visible_prompt_func", lambda prompt: "n")
    with pytest.raises(click.Abort):
        keys.confirm("is the paper in?", abort=True)
