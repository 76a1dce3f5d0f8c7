"""`plotwriter merge` on a simulated machine: stopped, taken up again, rows left out and done anew."""

import json

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
