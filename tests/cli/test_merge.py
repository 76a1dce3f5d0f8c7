"""`plotwriter merge` on a simulated machine: stopped, taken up again, rows left out and done anew."""

import json
import shlex

from tests.cli.runner import plotwriter

CARD = ("--paper", "a6", "--landscape", "--margin", "10mm", "--draws", "1")


def merge(folder, *options):
    return plotwriter("merge", folder / "letter.md", folder / "people.csv", "--out", folder / "out", *CARD, *options, "--json")


def test_sheets_are_plotted_once(tmp_path):
    (tmp_path / "letter.md").write_text("Dear {{ name }}", encoding="utf-8")
    (tmp_path / "people.csv").write_text("name\nAda\nBen\nEve\n", encoding="utf-8")
    written = merge(tmp_path)
    assert written.code == 0, written.err
    assert json.loads(written.out) == {"rows": 3, "sheets": 3, "contact_sheet": str(tmp_path / "out" / "contact.png"), "done": 0}
    assert (tmp_path / "out" / "contact.png").read_bytes().startswith(b"\x89PNG")
    plot = ("--machine", "axidraw", "--port", "sim", "--yes")
    first = json.loads(merge(tmp_path, "--skip", "2", *plot).out)
    assert (first["plotted"], first["done"]) == (2, 2)
    rest = merge(tmp_path, *plot)
    assert json.loads(rest.out)["plotted"] == 1 and "load" not in rest.out and "letter for ben (row 2)" in rest.err
    assert json.loads(merge(tmp_path, "--redo", "1", *plot).out)["plotted"] == 1


def test_what_is_wrong_is_said_before_anything_is_written(tmp_path):
    (tmp_path / "letter.md").write_text("Dear {{ nme }}", encoding="utf-8")
    (tmp_path / "people.csv").write_text("name\nAda\n", encoding="utf-8")
    for options, message in (((), "no column 'nme'"), (("--skip", "9"), "has no row 9"), (("--envelope-paper", "dll"), "dl")):
        if options:
            (tmp_path / "letter.md").write_text("Dear {{ name }}", encoding="utf-8")
        result = merge(tmp_path, *options)
        assert result.code in (1, 2) and message in result.err and result.err.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_a_sheet_can_be_written_alone(tmp_path):
    """The command beside every sheet makes the same job of its text, to the byte."""
    (tmp_path / "letter.md").write_text("Dear {{ name }},\n\n- it *rains*\n- a ⇒\n", encoding="utf-8")
    (tmp_path / "address.txt").write_text("{{ name }}\nLane 3", encoding="utf-8")
    (tmp_path / "people.csv").write_text("name\nAda\nBen\nAda\n", encoding="utf-8")
    (tmp_path / "me.svg").write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" width="9mm" height="9mm" viewBox="0 0 9 9"><path d="M0 0C1 2 3 4 9 9" stroke="red"/></svg>'
    )
    options = (
        "--envelope", tmp_path / "address.txt", "--signature", tmp_path / "me.svg", "--signature-height", "7mm", "--on-missing", "skip",
    )  # fmt: skip
    assert merge(tmp_path, *options).code == 0
    sheets = [json.loads(line) for line in (tmp_path / "out" / "sheets.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [(sheet["row"], sheet["kind"]) for sheet in sheets] == [(n, kind) for n in (1, 2, 3) for kind in ("letter", "envelope")]
    for sheet in sheets[:2] + sheets[4:5]:
        name, *command = shlex.split(sheet["command"])
        written = plotwriter(command[0], "-", *command[1:], "-o", tmp_path / "alone.json", stdin=sheet["text"].encode())
        assert (name, written.code) == ("plotwriter", 0), written.err
        assert (tmp_path / "alone.json").read_bytes() == (tmp_path / "out" / sheet["job"]).read_bytes()
    (tmp_path / "out" / sheets[5]["job"]).unlink()
    alone = merge(tmp_path, *options, "--row", "3")
    assert json.loads(alone.out)["rows"] == 1 and "2 sheets for 1 row, 1 of them new" in alone.err


def test_options_that_are_about_one_letter_are_refused_or_kept(tmp_path):
    (tmp_path / "letter.md").write_text("Dear {{ name }}", encoding="utf-8")
    (tmp_path / "people.csv").write_text("name\nAda\naKb|qx\n", encoding="utf-8")
    assert "sheets.jsonl" in merge(tmp_path, "--respell", "1").err
    strict = merge(tmp_path, "--strict", "--legibility", "0")
    assert strict.code == 1 and strict.err.count("\n") == 1 and "row 2 (akb-qx), letter: 'aKb|qx' cannot be read back" in strict.err
    assert len(list((tmp_path / "out").glob("*-letter-*.json"))) == 1
