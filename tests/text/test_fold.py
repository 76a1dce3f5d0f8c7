import io
import string
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plotwriter.errors import ConfigError, FileError, TextError
from plotwriter.text import describe, fold, normalise, read_source

ASCII = frozenset(string.printable) - frozenset(string.whitespace)
SMALL = frozenset(string.ascii_lowercase + ".,'-")
ANYTHING = st.text(st.characters(exclude_categories=("Cs",)), max_size=60)


@settings(max_examples=150, deadline=None)
@given(ANYTHING)
def test_normalise_is_idempotent_and_keeps_every_letter(text):
    try:
        once = normalise(text)
    except TextError:
        return
    assert normalise(once) == once
    assert "\r" not in once and "\u00a0" not in once
    assert not any(line.startswith("\t") or line.endswith("\t") or "\t\t" in line for line in once.split("\n"))  # tabs part cells
    squeezed = "".join(unicodedata.normalize("NFC", text.replace("\ufeff", "")).split())
    assert unicodedata.normalize("NFC", "".join(once.split())) == squeezed


@pytest.mark.parametrize("text", ["a\0b", "\x1b[31m", "a\x7f", "\ud800"])
def test_control_characters_are_a_binary_file(text):
    with pytest.raises(TextError, match="binary file"):
        normalise(text)


@pytest.mark.parametrize("text", ["", "  \n\t ", "\ufeff\u00a0"])
def test_nothing_to_write_is_an_error(text):
    with pytest.raises(TextError, match="no text"):
        fold(text, ASCII)


@settings(max_examples=200, deadline=None)
@given(ANYTHING, st.sampled_from([ASCII, SMALL]))
def test_every_character_is_kept_or_reported(text, alphabet):
    try:
        source, folded = normalise(text), fold(text, alphabet, "skip")
    except TextError:
        return
    changed = {s.index: s for s in folded.substitutions}
    assert len(changed) == len(folded.substitutions)
    rebuilt = [changed[i].replacement if i in changed else char for i, char in enumerate(source)]
    assert "".join(rebuilt) == folded.text
    assert set(folded.text) <= alphabet | {" ", "\n", "\t"}
    for s in folded.substitutions:
        assert source[s.index] == s.char == source.split("\n")[s.line - 1][s.column - 1]
        assert s.char != s.replacement
    lines = describe(folded.substitutions)
    assert all(any(f"U+{ord(s.char):04X}" in line for line in lines) for s in folded.substitutions)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("“It’s” — naïve…", '"It\'s" - naive...'),
        ("Straße, Œuvre, Łódź, smørrebrød, æ", "Strasse, OEuvre, Lodz, smorrebrod, ae"),
        ("ﬁn ½ m² «oui» 5′ 6″", 'fin 1/2 m2 "oui" 5\' 6"'),
        ("€5 £6 © 20°C", "EUR5 GBP6 (c) 20degC"),
        ("¿Qué? ¡Sí!", "?Que? !Si!"),
        ("e\u0301 q\u0303", "e q"),
        ("co\u00adop zero\u200bwidth", "coop zerowidth"),
    ],
)
def test_folds_to_ascii(text, expected):
    assert fold(text, ASCII).text == expected


def test_a_small_alphabet_takes_the_next_candidate():
    folded = fold("Quiz! (now)", SMALL)
    assert folded.text == "quiz. -now-"
    assert [(s.char, s.replacement) for s in folded.substitutions] == [("Q", "q"), ("!", "."), ("(", "-"), (")", "-")]
    assert fold("Q", SMALL | {"Q"}).substitutions == ()
    assert fold("é", SMALL | {"é"}).text == "é"


@pytest.mark.parametrize(
    ("text", "name"), [("ok Привет", "CYRILLIC CAPITAL LETTER PE"), ("ok 漢", "CJK UNIFIED IDEOGRAPH-6F22"), ("ok 😀", "GRINNING FACE")]
)
def test_other_scripts_are_refused_or_skipped_never_guessed(text, name):
    with pytest.raises(TextError, match=rf"line 1 column 4.*{name}.*--on-missing skip"):
        fold(text, ASCII)
    folded = fold(text, ASCII, "skip")
    assert folded.text == "ok " and len(folded.substitutions) == len(text) - 3
    assert "left out" in describe(folded.substitutions)[0]
    with pytest.raises(TextError, match="none of"):
        fold(text[3:], ASCII, "skip")


def test_error_mode_refuses_even_an_accent():
    with pytest.raises(TextError, match=r'line 2 column 3: .*é \(U\+00E9.*--on-missing substitute.*"e"'):
        fold("a\nbcé", ASCII, "error")
    with pytest.raises(ConfigError, match="did you mean"):
        fold("a", ASCII, "skipp")


def test_report_counts_and_places():
    lines = describe(fold("a—\n—b—c—", ASCII).substitutions)
    assert lines == ['— (U+2014 EM DASH) written as "-": 4 times, line 1 column 2, line 2 column 1, line 2 column 3, ...']


def test_read_source(tmp_path):
    path = tmp_path / "letter.txt"
    path.write_bytes("\ufeffhé".encode())
    assert read_source(path, io.BytesIO()) == "hé" == read_source("-", io.BytesIO("hé".encode()))
    with pytest.raises(FileError, match="UTF-8"):
        read_source("-", io.BytesIO(b"\xff"))
    with pytest.raises(FileError, match="no such file"):
        read_source(tmp_path / "none.txt", io.BytesIO())
