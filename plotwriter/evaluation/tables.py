"""The tables of the report: figures in, HTML out."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from plotwriter.evaluation.statistics import Interval
from plotwriter.evaluation.study import Study
from plotwriter.evaluation.targets import verdicts

__all__ = ["Row", "legibility_table", "number", "overview", "reach_table", "rows_of", "table"]

Row = tuple[str, Any, Any, str]  #: what, generated, real, form
Pooled = Mapping[str, Mapping[str, Any]]  #: of `report.pooled`: system to its figures

KINDS = (
    ("held_out", "held-out words"),
    ("all", "all words"),
    ("as_written", "all words as written, slant and width left as they are"),
    ("ocr", "all words, RapidOCR"),
)


def number(value: Any, form: str) -> str:
    """A figure, with its interval where it has one; a dash where there is none."""
    if isinstance(value, Interval):
        low, high = number(value.low, form), number(value.high, form)
        return f"{number(value.value, form)} <small>{low} to {high}</small>"
    return format(value, form) if isinstance(value, (int, float)) and math.isfinite(value) else "–"


def _html(head: str, body: Sequence[str]) -> str:
    return f'<div class="wide"><table><tr>{head}</tr>{"".join(body)}</table></div>'


def reach_table(studies: Sequence[Study], together: Pooled) -> str:
    """Every target against every style, and against each system's styles together where they are more than one."""
    given: list[tuple[str, Mapping[str, Any]]] = [(study.name, study.figures) for study in studies]
    given += [(system, figures) for system, figures in together.items() if len(studies) > 1]
    judged = [verdicts(figures) for _, figures in given]
    body = []
    for k, first in enumerate(judged[0]):
        cells = []
        for row in judged:
            v = row[k]
            value = v.figure.value if isinstance(v.figure, Interval) else v.figure
            scaled = None if value is None else value * v.target.scale
            kind = "none" if v.reached is None else "yes" if v.reached else "no"
            cells.append(f'<td class="{kind}">{number(scaled, v.target.form)} <small>{v.word}</small></td>')
        body.append(f"<tr><td>{escape(first.target.name)}</td><td>{escape(first.target.wanted)}</td>{''.join(cells)}</tr>")
    return _html("<th></th><th>wanted</th>" + "".join(f"<th>{escape(name)}</th>" for name, _ in given), body)


def legibility_table(studies: Sequence[Study], together: Pooled) -> str:
    """Every style by every reader and set of words."""
    body = []
    for key, kind in KINDS:
        named = [
            (study.name, study.readings.n_held if key == "held_out" else len(study.readings.texts), study.figures[key])
            for study in studies
            if study.figures.get(key)
        ]
        named += [(system, figures["words"][key], figures[key]) for system, figures in together.items() if key in figures]
        if not named:
            continue
        body.append(f'<tr><th colspan="7">{kind}</th></tr>')
        for name, n, f in named:
            cells = [
                (f["cer"], ".1%"),
                (f.get("real_cer"), ".1%"),
                (f.get("ratio"), ".2f"),
                (f["exact"], ".0%"),
                (f.get("real_exact"), ".0%"),
            ]
            body.append(f"<tr><td>{escape(name)}</td><td>{n}</td>{''.join(f'<td>{number(v, form)}</td>' for v, form in cells)}</tr>")
    head = "<th></th><th>words</th><th>characters wrong</th><th>real</th><th>ratio</th><th>exact</th><th>real</th>"
    return _html(head, body)


def _legible(f: Mapping[str, Any]) -> list[Row]:
    """Rows that `legibility_table` has too."""
    rows: list[Row] = []
    for key, name in KINDS:
        if found := f.get(key):
            n = f["held_out_words"] if key == "held_out" else f["words"]
            rows.append((f"characters wrong, {name} ({n})", found["cer"], found.get("real_cer"), ".1%"))
            rows.append(("… capitals or not", found["cer_folded"], found.get("real_cer_folded"), ".1%"))
            rows.append(("… words read exactly", found["exact"], found.get("real_exact"), ".0%"))
    return rows


def _faithful(f: Mapping[str, Any]) -> list[Row]:
    """What was left out, doubted, or never ended."""
    rows: list[Row] = []
    edits = f["edits"]
    for kind, name in (("deleted", "skipped"), ("inserted", "added or repeated"), ("substituted", "read as others")):
        rows.append((f"characters {name}, per 1,000", edits["generated"][kind], (edits["real"] or {}).get(kind), ".1f"))
    if one := f.get("one_draw"):
        rows.append(("characters wrong, one draw", one["cer"], one.get("real_cer"), ".1%"))
    rows.append(("draws that reached END", f.get("end_reached"), None, ".1%"))
    rows.append(("words that the sampler accepts", f["accepted"], None, ".1%"))
    rows.append(("of 1,000 accepted words, misread by reader b", f["trust"]["misread"], None, ".1f"))
    rows.append(("… capitals or not", f["trust"]["misread_folded"], None, ".1f"))
    if along := f.get("pointing"):
        by = "by construction, and so" if along["declared"] and along["kept"] == along["draws"] else "in"
        rows.append(
            (f"characters attended to ({by} {along['kept']} of {along['draws']} draws kept to the text)", along["coverage"], None, ".1%")
        )
        rows.append(("attention in the order of the text (gamma)", along["order"], None, ".3f"))
        rows.append(("steps back by more than a character", along["back"], None, ".2%"))
    return rows


def _looks(f: Mapping[str, Any]) -> list[Row]:
    """Geometry, hand and variety."""
    rows: list[Row] = []
    g, r = f["geometry"], f.get("geometry_real", {})
    for key, name, form in (
        ("drift_mm_per_100_mm", "drift, mm per 100 mm (median line)", ".2f"),
        ("drift_p90", "… 9 lines in 10 below", ".2f"),
        ("baseline_residual_mm", "letters off the baseline, mm at x-height 2.5 mm (s.d.)", ".2f"),
        ("slant_sd_deg", "slant from word to word, ° (s.d.)", ".1f"),
        ("x_height_sd", "x-height from word to word (s.d.)", ".1%"),
    ):
        rows.append((name, g[key], r.get(key), form))
    shape = f["shape"]
    rows.append(("width a character, x-heights (median)", shape["generated"]["width"], (shape["real"] or {}).get("width"), ".2f"))
    if style := f.get("style"):
        name = f"nearest of {style['writers']} writers is the right one, 5 words"
        rows.append((name, style.get("nearest_generated"), style.get("nearest_real"), ".0%"))
        rows.append(("distance to the hand, 5 words, s.d.", style.get("distance_generated"), style.get("distance_real"), ".2f"))
    if apart := f.get("diversity"):
        rows.append((f"same word twice, x-heights ({apart['pairs']} pairs)", apart["generated"], apart["real"], ".3f"))
        rows.append(("… exactly the same ink", apart["duplicates"], None, ".1%"))
    if near := f.get("memorisation"):
        rows.append((f"to the nearest learned word of that text, x-heights ({near['words']})", near["generated"], near["real"], ".3f"))
        rows.append(("… nearer than all but 1 % of real words", near["below"], near["below_real"], ".1%"))
    if frechet := f.get("frechet"):
        rows.append(("Fréchet ink distance to other real words", frechet["generated"], frechet["real"], ".3f"))
    return rows


def rows_of(figures: Mapping[str, Any]) -> list[Row]:
    """Everything known of one style."""
    return [*_legible(figures), *_faithful(figures), *_looks(figures)]


def table(rows: Sequence[Row]) -> str:
    """Generated beside real, with intervals."""
    body = [f"<tr><td>{escape(n)}</td><td>{number(a, form)}</td><td>{number(b, form)}</td></tr>" for n, a, b, form in rows]
    return _html("<th></th><th>generated</th><th>real</th>", body)


def overview(studies: Sequence[Study]) -> str:
    """What is not legibility, all styles side by side: generated, and real ink small beside it."""
    tables = []
    for study in studies:
        above, rows = "", {}
        for name, a, b, form in [*_faithful(study.figures), *_looks(study.figures)]:
            above = name.partition(" (")[0] if not name.startswith("…") else above
            rows[above, name.partition(" (")[0]] = (a, b, form)
        tables.append(rows)
    keys = list(dict.fromkeys(key for rows in tables for key in rows))
    body = []
    for key in keys:
        cells = []
        for rows in tables:
            a, b, form = rows.get(key, (None, None, ""))
            a, b = (x.value if isinstance(x, Interval) else x for x in (a, b))
            cells.append(f"<td>{number(a, form)}{f' <small>{number(b, form)}</small>' if b is not None else ''}</td>")
        body.append(f"<tr><td>{escape(key[1])}</td>{''.join(cells)}</tr>")
    return _html("<th></th>" + "".join(f"<th>{escape(study.name)} <small>real</small></th>" for study in studies), body)
