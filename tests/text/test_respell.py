import pytest
from hypothesis import given
from hypothesis import strategies as st

from plotwriter.errors import ConfigError, TextError
from plotwriter.text import Respell, parse_respell


def test_words_ranges_and_counts():
    assert parse_respell("5,23") == Respell({5: 1, 23: 1})
    assert parse_respell(" 5-7 , 5") == Respell({5: 2, 6: 1, 7: 1})
    assert parse_respell("5,5") == parse_respell("5x2") == Respell({5: 2})
    assert parse_respell("2,doubtful") == Respell({2: 1}, doubtful=True)


@given(st.dictionaries(st.integers(1, 99_999), st.integers(1, 99)), st.booleans())
def test_what_is_said_is_read(counts, doubtful):
    respell = Respell(counts, doubtful)
    if counts or doubtful:
        assert parse_respell(str(respell)) == respell


@pytest.mark.parametrize("value", ["", "x", "0", "5-3", "5x0", "-5", "1,,2", "5x", "all", "1.5", "12345678"])
def test_what_names_no_word_is_refused(value):
    with pytest.raises(ConfigError, match=r"--respell: .*such as 5,23"):
        parse_respell(value)


def test_a_word_beyond_the_letter_is_refused():
    assert Respell({3: 1, 1: 2}).of(3) == {1: 2, 3: 1}
    with pytest.raises(TextError, match="word 4: the letter has 3 words"):
        Respell({4: 1}).of(3)
