from hypothesis import given
from hypothesis import strategies as st

from plotwriter.text import from_markdown, normalise, paragraphs, prompts


@given(st.text(st.sampled_from("ab, \n"), max_size=80))
def test_every_written_character_is_in_exactly_one_prompt(text):
    words = prompts(paragraphs(text))
    covered = [i for word in words for i in range(*word.span)]
    assert covered == [i for i, char in enumerate(text) if not char.isspace()]
    assert all(text[slice(*word.span)] == word.text for word in words)


@given(st.text(st.sampled_from("ab \n"), max_size=80))
def test_lines_and_paragraphs_follow_the_newlines(text):
    rows = [row for row in text.split("\n") if row.strip()]
    lines = [line for paragraph in paragraphs(text) for line in paragraph.lines]
    assert [[word.text for word in line.words] for line in lines] == [row.split() for row in rows]
    assert [line.indent for line in lines] == [len(row) - len(row.lstrip()) for row in rows]


def test_blank_lines_part_paragraphs():
    parts = paragraphs("\nDear Ada,\n\n \n  yes.\nBob\n")
    assert [len(p.lines) for p in parts] == [1, 2]
    assert parts[1].lines[0].indent == 2
    assert paragraphs("") == ()


def test_tabs_part_cells_and_a_run_of_them_is_one():
    (table,) = paragraphs(normalise("tea \t\t 2.50\nsome fine\tbiscuits\t11\t\nno cells"))
    assert [line.stops for line in table.lines] == [(1,), (2, 3), ()]
    assert [word.text for word in prompts([table])] == ["tea", "2.50", "some", "fine", "biscuits", "11", "no", "cells"]
    plain, shapes = from_markdown("Dear Ada\n| a | b c |\n|---|:--|\n| d | e |\nyours\n- tea\t2")
    assert plain == "Dear Ada\na\tb c\nd\te\nyours\n\n- tea\t2" and list(shapes) == [5]
