"""`plotwriter write` with the weights that ship: every file, every machine, every promise of the main job."""

import json
import re

import pytest
from PIL import Image

from plotwriter.exchange import from_json, to_json
from tests.cli.conftest import MACHINES, SEED, TEXT
from tests.cli.runner import plotwriter

SHEET = ("--seed", str(SEED), "--paper", "a6", "--landscape", "--margin", "10mm", "--size", "2mm")


def document_of(path):
    return from_json(path.read_text(encoding="utf-8"), path.name)


def test_the_main_job_draws_every_stroke(letter):
    assert letter.facts["drawn"] == letter.facts["strokes"] > 10
    assert letter.facts["max_deviation_mm"] <= 0.05
    assert letter.facts["words"] == len(TEXT.split()) and letter.facts["pages"] == 1
    assert [file.rpartition(".")[2] for file in letter.facts["files"]] == [suffix[1:] for suffix in MACHINES[letter.facts["machine"]]]


def test_json_is_the_exact_exchange_form(letter):
    content = (letter.folder / "letter.json").read_text(encoding="utf-8")
    found = json.loads(content)
    assert list(found) == ["plotwriter", "text", "style", "seed", "pages"]
    assert {tuple(page) for page in found["pages"]} == {("width", "height", "strokes")}
    assert {tuple(stroke) for page in found["pages"] for stroke in page["strokes"]} == {("points", "span", "pen")}
    assert (found["text"], found["seed"], found["pages"][0]["width"], found["pages"][0]["height"]) == (TEXT, SEED, 148.0, 105.0)
    for stroke in found["pages"][0]["strokes"]:
        assert all(value == round(value, 3) for point in stroke["points"] for value in point)
        assert TEXT[slice(*stroke["span"])].strip()
    assert to_json(document_of(letter.folder / "letter.json")) == content


def test_the_machine_does_not_change_the_ink(letters):
    for suffix in (".json", ".svg", ".png"):
        one, other = ((letters[machine].folder / f"letter{suffix}").read_bytes() for machine in MACHINES)
        assert one == other


def test_same_command_same_bytes(letters, tmp_path):
    first = letters["grbl_servo"].folder
    suffixes = MACHINES["grbl_servo"]
    again = plotwriter(
        "write", first / "letter.txt", *SHEET, "--machine", "grbl_servo", "--dry-run",
        *[part for suffix in suffixes for part in ("-o", tmp_path / f"other{suffix}")],
    )  # fmt: skip
    assert again.code == 0, again.err
    for suffix in suffixes:
        assert (tmp_path / f"other{suffix}").read_bytes() == (first / f"letter{suffix}").read_bytes(), suffix


def test_the_seed_is_said_and_in_every_file(letters):
    written = letters["grbl_servo"]
    assert f"seed {SEED}" in written.result.err and written.facts["seed"] == SEED
    assert f"seed {SEED}" in (written.folder / "letter.gcode").read_text().splitlines()[0]
    assert f'"seed": {SEED}' in (written.folder / "letter.svg").read_text(encoding="utf-8")
    assert document_of(written.folder / "letter.json").seed == SEED
    with Image.open(written.folder / "letter.png") as picture:
        about = json.loads(picture.text["plotwriter"])
    assert about["seed"] == SEED and f"--seed {SEED}" in about["command"]


def test_the_recorded_command_makes_the_same_ink(letters, tmp_path):
    folder = letters["axidraw"].folder
    about = json.loads(re.search("<metadata>(.*)</metadata>", (folder / "letter.svg").read_text(encoding="utf-8"))[1])
    command, _, weights = about["command"].partition(" (weights ")
    assert re.fullmatch(r"[0-9a-f]{12}\+[0-9a-f]{12}\)", weights)
    name, verb, *options = command.split()
    assert (name, verb) == ("plotwriter", "write")
    assert plotwriter("write", folder / "letter.txt", *options, "-o", tmp_path / "again.json").code == 0
    assert (tmp_path / "again.json").read_bytes() == (folder / "letter.json").read_bytes()


def test_without_a_seed_the_text_gives_one(tmp_path):
    seeds = set()
    for text in (b"Ada", b"Ada", b"Bob"):
        result = plotwriter("write", "-", "-o", tmp_path / "a.json", "--json", "-q", stdin=text)
        assert result.code == 0 and result.err == ""
        seeds.add(json.loads(result.out)["seed"])
    assert len(seeds) == 2


def test_random_seed_is_told(tmp_path):
    result = plotwriter("write", "-", "--seed", "random", "-o", tmp_path / "a.json", stdin=b"Ada")
    assert f"seed {document_of(tmp_path / 'a.json').seed}" in result.err


SUBSTITUTED = "№Hé‰\n⇒ß… é№"


def test_every_substitution_is_reported_with_place_and_count(tmp_path):
    result = plotwriter("write", "-", "-o", tmp_path / "a.json", "--json", stdin=SUBSTITUTED.encode())
    assert result.code == 0, result.err
    written = document_of(tmp_path / "a.json").text
    rows = json.loads(result.out)["substitutions"]
    unknown = [c for c in SUBSTITUTED if c not in written and not c.isspace()]
    assert [row["char"] for row in rows] == unknown and set(unknown) == set("№‰⇒")
    for row in rows:
        assert SUBSTITUTED.split("\n")[row["line"] - 1][row["column"] - 1] == row["char"]
        line = next(line for line in result.err.splitlines() if line.startswith(row["char"]))
        assert f"line {row['line']} column {row['column']}" in line
        assert ("once" if unknown.count(row["char"]) == 1 else f"{unknown.count(row['char'])} times") in line
    by_char = {row["char"]: row["replacement"] for row in rows}
    assert by_char == {"№": "No.", "‰": "per mille", "⇒": "=>"}


def test_on_missing_error_names_the_character_and_writes_nothing(tmp_path):
    result = plotwriter("write", "-", "--on-missing", "error", "-o", tmp_path / "a.svg", stdin="Hi\nyou ⇒ there".encode())
    assert (result.code, result.err.count("\n")) == (1, 1)
    assert "line 2 column 5" in result.err and "DOUBLE ARROW" in result.err and not list(tmp_path.iterdir())


def test_on_missing_skip_leaves_out_and_says_so(tmp_path):
    result = plotwriter("write", "-", "--on-missing", "skip", "-o", tmp_path / "a.json", stdin="Hi 漢 you".encode())
    assert result.code == 0 and "left out: once, line 1 column 4" in result.err
    assert document_of(tmp_path / "a.json").text.split() == ["Hi", "you"]


def test_several_pages_are_several_pictures_and_one_job(tmp_path):
    outputs = [part for suffix in (".svg", ".png", ".json", ".gcode") for part in ("-o", tmp_path / f"a{suffix}")]
    result = plotwriter(
        "write", "-", "--paper", "60x30mm", "--margin", "5mm", "--size", "2mm", "--line-height", "10mm",
        "--machine", "grbl_servo", "--port", "sim", "--json", *outputs, stdin=b"one\ntwo\nfour\nfive",
    )  # fmt: skip
    assert result.code == 0, result.err
    facts = json.loads(result.out)
    assert facts["pages"] == len(document_of(tmp_path / "a.json").pages) > 1
    assert facts["drawn"] == facts["strokes"] == sum(len(page.strokes) for page in document_of(tmp_path / "a.json").pages)
    names = {path.name for path in tmp_path.iterdir()}
    numbers = ["", *(f"-{i}" for i in range(2, facts["pages"] + 1))]
    assert names == {f"a{n}{suffix}" for n in numbers for suffix in (".svg", ".png")} | {"a.json", "a.gcode"}
    assert (tmp_path / "a.gcode").read_text().count("\nM0\n") == facts["pages"] - 1


def test_dry_run_moves_nothing_and_needs_no_port(tmp_path):
    result = plotwriter(
        "write", "-", "--machine", "axidraw", "--port", tmp_path / "no_port", "--dry-run", "--json", "-o", tmp_path / "a.json", stdin=b"Ada"
    )
    assert result.code == 0, result.err
    facts = json.loads(result.out)
    assert facts["dry_run"] is True and "drawn" not in facts and facts["duration_s"] > 0 and "nothing was moved" in result.err


@pytest.mark.parametrize("option", ["--size", "--word-space", "--line-height", "--indent", "--margin"])
def test_lengths_take_units(option, letters, tmp_path):
    inks = []
    for value in ("2.54mm", "0.1in", ".254cm"):
        result = plotwriter("write", "-", "--seed", "1", "--draws", "1", option, value, "-o", tmp_path / "a.json", stdin=b"a b")
        assert result.code == 0, result.err
        inks.append((tmp_path / "a.json").read_bytes())
    assert len(set(inks)) == 1


def test_the_fast_order_keeps_the_strokes(letters, tmp_path):
    folder = letters["axidraw"].folder
    assert plotwriter("write", folder / "letter.txt", *SHEET, "--order", "fast", "-o", tmp_path / "a.json").code == 0

    def strokes(path):
        return sorted(min(stroke.points.tobytes(), stroke.points[::-1].tobytes()) for stroke in document_of(path).pages[0].strokes)

    assert strokes(tmp_path / "a.json") == strokes(folder / "letter.json")


def test_strict_refuses_what_cannot_be_read_back(tmp_path):
    """A word that no hand writes well: reported as a doubt, and with --strict neither saved nor plotted."""
    text = b"Ada\n" + rb"\|_~^`{}[]<>|_~^`\{}"
    told = plotwriter("write", "-", "--draws", "1", "-o", tmp_path / "a.json", "--json", stdin=text)
    doubts = json.loads(told.out)["doubts"]
    assert told.code == 0 and (doubts[0]["word"], doubts[0]["line"], doubts[0]["text"]) == (2, 2, text.split()[1].decode())
    said = next(line for line in told.err.splitlines() if "may read as" in line)
    assert said.startswith("word 2 (line 2), ") and doubts[0]["reading"] in said and "% sure" in said and "--respell 2" in said
    refused = plotwriter("write", "-", "--draws", "1", "-o", tmp_path / "b.json", "-q", "--strict", stdin=text)
    assert (
        refused.code == 1
        and "cannot be read back" in refused.err
        and "(word 2, line 2)" in refused.err
        and not (tmp_path / "b.json").exists()
    )
    fine = plotwriter("write", "-", "-o", tmp_path / "c.json", "-q", "--strict", stdin=b"and the")
    assert fine.code == 0 and (tmp_path / "c.json").exists()


MANNER = ("--slant", "10", "--legibility", "0.7", "--variation", "0.5")


def test_the_recorded_command_keeps_manner_and_respelled_words(letters, tmp_path):
    """Another slant, another care, a word drawn a second time: the command in the file makes the same ink again."""
    text = letters["axidraw"].folder / "letter.txt"
    made = plotwriter("write", text, *SHEET, *MANNER, "--respell", "2,5x2", "-o", tmp_path / "a.json", "-o", tmp_path / "a.svg", "--json")
    assert made.code == 0 and json.loads(made.out)["respelled"] == {"2": 1, "5": 2}, made.err
    assert document_of(tmp_path / "a.json").respelled == ((2, 1), (5, 2))
    about = json.loads(re.search("<metadata>(.*)</metadata>", (tmp_path / "a.svg").read_text(encoding="utf-8"))[1])
    options = about["command"].partition(" (weights ")[0].split()[2:]
    assert plotwriter("write", text, *options, "-o", tmp_path / "again.json").code == 0
    assert (tmp_path / "again.json").read_bytes() == (tmp_path / "a.json").read_bytes()


def test_respelling_changes_one_word_of_the_saved_job(letters, tmp_path):
    folder = letters["axidraw"].folder
    assert plotwriter("write", folder / "letter.txt", *SHEET, "--respell", "4", "-o", tmp_path / "a.json", "-q").code == 0
    old, new = (document_of(path) for path in (folder / "letter.json", tmp_path / "a.json"))
    strokes = [{(stroke.span, stroke.points.tobytes()) for stroke in document.pages[0].strokes} for document in (old, new)]
    changed = {span for span, _ in strokes[0] ^ strokes[1]}
    assert changed and {TEXT[:first].count(" ") for first, _ in changed} == {3}


def test_numbers_are_in_the_preview_and_not_in_the_job(letters, tmp_path):
    job = letters["axidraw"].folder / "letter.json"
    shown = plotwriter("preview", job, "--numbers", "-o", tmp_path / "a.svg", "-o", tmp_path / "a.png")
    assert shown.code == 0, shown.err
    assert re.findall(r"<text [^>]*>(\d+)</text>", (tmp_path / "a.svg").read_text(encoding="utf-8")) == list("123456")
    plotted = plotwriter("plot", tmp_path / "a.svg", "--port", "sim", "--json")
    assert plotted.code == 0 and "not drawn" not in plotted.err
    assert json.loads(plotted.out)["drawn"] == sum(len(page.strokes) for page in document_of(job).pages)


MARKS = {"marks": [{"page": [10, 10], "touched": [12, 11]}, {"page": [100, 10], "touched": [102, 11]}]}


def test_rules_pens_and_a_sheet_that_lies_elsewhere(tmp_path):
    """Headings with their own pen, rows on the rules, all of it moved to where the sheet lies."""
    (tmp_path / "note.md").write_text("# An\n\nno one", encoding="utf-8")
    (tmp_path / "marks.json").write_text(json.dumps(MARKS), encoding="utf-8")
    common = (
        "write", tmp_path / "note.md", "--paper", "a6", "--margin", "8mm", "--rule", "8mm", "--first-line", "24mm", "--pen", "heading=2",
    )  # fmt: skip
    plain = plotwriter(*common, "-o", tmp_path / "a.json", "-o", tmp_path / "a.svg", "--json")
    assert plain.code == 0, plain.err
    assert set(json.loads(plain.out)["ink_mm"]) == {"1", "2"}
    assert "% printed rules" in (tmp_path / "a.svg").read_text(encoding="utf-8")
    moved = plotwriter(*common, "--registration", tmp_path / "marks.json", "-o", tmp_path / "b.json")
    assert moved.code == 0 and "offset +2.00, +1.00 mm" in moved.err
    before, after = (document_of(tmp_path / name).pages[0].strokes for name in ("a.json", "b.json"))
    assert {stroke.pen for stroke in before} == {1, 2}
    for a, b in zip(before, after, strict=True):
        assert abs(b.points - a.points - (2 + 1j)).max() < 2e-3


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--rule", "colege"), "college"),
        (("--rule", "5mm", "--size", "3mm"), "too little for letters"),
        (("--rule", "8mm", "--line-height", "9mm"), "leave one of them out"),
        (("--pen", "headings=2"), "KIND=NUMBER"),
        (("--hyphenate", "klingon"), "no patterns"),
        (("--columns", "12", "--paper", "a6"), "leave no room"),
        (("--registration", "nowhere.json"), "no such file"),
    ],
)
def test_what_cannot_be_set_is_said_before_anything_is_written(options, message, tmp_path):
    result = plotwriter("write", "-", *options, "-o", tmp_path / "a.svg", stdin=b"Ada")
    assert result.code in (1, 2) and message in result.err and result.err.count("\n") == 1
    assert not list(tmp_path.iterdir())
