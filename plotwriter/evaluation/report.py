"""Studies to a JSON text and a page that stands alone: no script, no file beside it, no address."""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Sequence
from html import escape
from typing import Any

import numpy as np

from plotwriter.evaluation.legibility import Legibility, legibility
from plotwriter.evaluation.pictures import intervals_picture, line_picture, word_picture
from plotwriter.evaluation.statistics import Interval
from plotwriter.evaluation.study import Study
from plotwriter.styles import Style

__all__ = ["pooled", "to_html", "to_json"]

CSS = """
:root { color-scheme: light dark; --paper: #fffdf8; --text: #22252b; --faint: #6d7178; --line: #dedad0; --ink: #1b2a5e; --mark: #b3641b; }
@media (prefers-color-scheme: dark) {
  :root { --paper: #16181d; --text: #e4e2dc; --faint: #9a9da4; --line: #34373f; --ink: #a9bcff; --mark: #e0a066; }
}
body { background: var(--paper); color: var(--text); font: 16px/1.5 system-ui, sans-serif;
  max-width: 1060px; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.7rem; margin-bottom: 0; } h2 { margin: 2.6rem 0 .3rem; border-top: 1px solid var(--line); padding-top: 1.2rem; }
h3 { font-size: 1rem; margin: 1.4rem 0 .4rem; } p, figcaption { color: var(--faint); margin: .2rem 0; max-width: 75ch; }
.warning { color: var(--mark); font-weight: 600; } .wide { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
td, th { text-align: right; padding: .25rem .8rem; border-bottom: 1px solid var(--line); font-weight: 400; }
th { color: var(--faint); } td:first-child, th:first-child { text-align: left; padding-left: 0; } small { color: var(--faint); }
svg.ink { display: block; max-width: 100%; height: auto; }
svg.ink path { fill: none; stroke: var(--ink); stroke-linecap: round; stroke-linejoin: round; }
.words td { text-align: left; vertical-align: middle; padding: 0 1.2rem 0 0; border: 0; }
.worst { display: flex; flex-wrap: wrap; gap: .4rem 1.6rem; } .worst figure { margin: 0; }
svg.chart text { fill: var(--text); font-size: 13px; } svg.chart circle { fill: var(--ink); }
svg.chart .range { stroke: var(--ink); stroke-width: 2; } svg.chart .mark { stroke: var(--line); stroke-width: 1.5; }
"""


def pooled(studies: Sequence[Study], seed: int) -> dict[str, Legibility]:
    """Legibility over all styles: "held_out" words, where there is real ink, "all" words, and all words by "ocr" where it was asked."""
    found = {}
    for name in ("held_out", "all", "ocr"):
        texts: list[str] = []
        generated: list[str] = []
        real: list[str] = []
        for readings in (study.readings for study in studies):
            said = readings.ocr if name == "ocr" else readings.b
            n = readings.n_held if name == "held_out" else len(readings.texts)
            if said:
                texts += readings.texts[:n]
                generated += said[0][:n]
                real += (said[1] or [])[:n]
        if texts:
            found[name] = legibility(texts, generated, real or None, np.random.default_rng((seed, 12)))
    return found


def _plain(value: Any) -> Any:
    """What JSON can hold: intervals as objects, figures that are none as null."""
    if isinstance(value, Interval):
        return _plain(dataclasses.asdict(value))
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, float):
        return round(value, 5) if math.isfinite(value) else None
    return value


def to_json(studies: Sequence[Study], about: dict[str, Any], together: dict[str, Legibility]) -> str:
    """Every figure, and what it was made with."""
    content = {**about, "pooled": together, "styles": {study.style: study.figures for study in studies}}
    return json.dumps(_plain(content), indent=1, ensure_ascii=False) + "\n"


def _number(value: Any, form: str) -> str:
    """A figure, with its interval where it has one; a dash where there is none."""
    if isinstance(value, Interval):
        low, high = _number(value.low, form), _number(value.high, form)
        return f"{_number(value.value, form)} <small>{low} to {high}</small>"
    return format(value, form) if isinstance(value, (int, float)) and math.isfinite(value) else "–"


Row = tuple[str, Any, Any, str]  # what, generated, real, form


def _rows(f: dict[str, Any]) -> list[Row]:
    """The table of one style."""
    rows: list[Row] = []
    for key, name in (("held_out", "held-out words"), ("all", "all words"), ("ocr", "all words, RapidOCR")):
        if found := f.get(key):
            n = f["held_out_words"] if key == "held_out" else f["words"]
            rows.append((f"characters wrong, {name} ({n})", found["cer"], found.get("real_cer"), ".1%"))
            rows.append(("… capitals or not", found["cer_folded"], found.get("real_cer_folded"), ".1%"))
            rows.append(("… words read exactly", found["exact"], found.get("real_exact"), ".0%"))
    if one := f.get("one_draw"):
        rows.append(("characters wrong, one draw, all words", one["cer"], one.get("real_cer"), ".1%"))
    rows.append(("draws that reached END", f.get("end_reached"), None, ".1%"))
    rows.append(("words that reader a accepts", f["accepted"], None, ".1%"))
    g, r = f["geometry"], f.get("geometry_real", {})
    for key, name, form in (
        ("drift_mm_per_100_mm", "drift, mm per 100 mm (median line)", ".2f"),
        ("drift_p90", "… 9 lines in 10 below", ".2f"),
        ("baseline_residual_mm", "letters off the baseline, mm (s.d.)", ".2f"),
        ("slant_sd_deg", "slant from word to word, ° (s.d.)", ".1f"),
        ("x_height_sd", "x-height from word to word (s.d.)", ".1%"),
    ):
        rows.append((name, g[key], r.get(key), form))
    if style := f.get("style"):
        rows.append(
            (
                f"nearest of {style['writers']} writers is the right one, 5 words",
                style.get("nearest_generated"),
                style.get("nearest_real"),
                ".0%",
            )
        )
        rows.append(("distance to the hand, 5 words, s.d.", style.get("distance_generated"), style.get("distance_real"), ".2f"))
    if apart := f.get("diversity"):
        rows.append((f"same word twice, x-heights ({apart['pairs']} pairs)", apart["generated"], apart["real"], ".3f"))
    if frechet := f.get("frechet"):
        rows.append(("Fréchet ink distance to other real words", frechet["generated"], frechet["real"], ".3f"))
    return rows


def _table(rows: Sequence[Row]) -> str:
    body = "".join(f"<tr><td>{escape(n)}</td><td>{_number(a, form)}</td><td>{_number(b, form)}</td></tr>" for n, a, b, form in rows)
    return f'<div class="wide"><table><tr><th></th><th>generated</th><th>real</th></tr>{body}</table></div>'


def _legibility_table(studies: Sequence[Study], together: dict[str, Legibility]) -> str:
    """Every style by every reader and set of words."""
    body = []
    for key, kind in (("held_out", "held-out words"), ("all", "all words"), ("ocr", "all words, RapidOCR")):
        if key not in together:
            continue
        body.append(f'<tr><th colspan="7">{kind}</th></tr>')
        rows = [(study.style, study.readings, study.figures[key]) for study in studies if study.figures.get(key)]
        sizes = [readings.n_held if key == "held_out" else len(readings.texts) for _, readings, _ in rows]
        named = [(name, n, found) for (name, _, found), n in zip(rows, sizes, strict=True)]
        for name, n, f in [*named, ("together", sum(sizes), together[key])]:
            cells = [
                (f["cer"], ".1%"),
                (f.get("real_cer"), ".1%"),
                (f.get("ratio"), ".2f"),
                (f["exact"], ".0%"),
                (f.get("real_exact"), ".0%"),
            ]
            body.append(f"<tr><td>{escape(name)}</td><td>{n}</td>{''.join(f'<td>{_number(v, form)}</td>' for v, form in cells)}</tr>")
    head = "<tr><th></th><th>words</th><th>characters wrong</th><th>real</th><th>ratio</th><th>exact</th><th>real</th></tr>"
    return f'<div class="wide"><table>{head}{"".join(body)}</table></div>'


def _overview(studies: Sequence[Study]) -> str:
    """What is not legibility, all styles side by side: generated, and real ink small beside it."""
    tables = [
        {name.partition(" (")[0]: (a, b, form) for name, a, b, form in _rows(study.figures)[_n_legible(study.figures) :]}
        for study in studies
    ]
    names = list(dict.fromkeys(name for table in tables for name in table))
    head = "".join(f"<th>{escape(study.style)} <small>real</small></th>" for study in studies)
    body = []
    for name in names:
        cells = []
        for table in tables:
            a, b, form = table.get(name, (None, None, ""))
            a, b = (x.value if isinstance(x, Interval) else x for x in (a, b))
            cells.append(f"<td>{_number(a, form)}{f' <small>{_number(b, form)}</small>' if b is not None else ''}</td>")
        body.append(f"<tr><td>{escape(name)}</td>{''.join(cells)}</tr>")
    return f'<h3>Hand, geometry, variety</h3><div class="wide"><table><tr><th></th>{head}</tr>{"".join(body)}</table></div>'


def _n_legible(f: dict[str, Any]) -> int:
    """Rows of `_rows` that `_legibility_table` has too."""
    return 3 * sum(bool(f.get(key)) for key in ("held_out", "all", "ocr"))


def _section(study: Study, style: Style) -> str:
    lean = math.tan(style.slant)
    shown = study.exhibits
    parts = [f'<h2 id="{escape(style.name)}">{escape(style.name)}</h2><p>{escape(style.description)}</p>']
    if shown.line is not None:
        parts.append(f'<div class="wide">{line_picture(shown.line, style.x_height)}</div>')
    parts.append(_table(_rows(study.figures)))
    if farthest := study.figures.get("style", {}).get("farthest"):
        named = ", ".join(f"{escape(trait)} {apart:+.1f}" for trait, apart in farthest.items())
        parts.append(f"<p>Farthest from the hand's own mean, in standard deviations of its words: {named}.</p>")
    with_real = any(real for real, _ in shown.pairs)
    cells = "".join(
        f"<tr><td><small>{escape(word.text)}</small></td>"
        + (f"<td>{word_picture(real, lean)}</td>" if real else "")
        + f"<td>{word_picture(word, lean)}</td></tr>"
        for real, word in shown.pairs
    )
    head = "<tr><td></td><td><small>real</small></td><td><small>generated</small></td></tr>" if with_real else ""
    parts.append(f'<h3>{"Real beside generated" if with_real else "Words"}</h3><table class="words">{head}{cells}</table>')
    if shown.worst:
        worst = "".join(
            f"<figure>{word_picture(word, lean)}"
            f"<figcaption>{escape(word.text)}, read as {escape(said) or '(nothing)'}</figcaption></figure>"
            for word, said in shown.worst
        )
        parts.append(f'<h3>Worst words by reader b</h3><div class="worst">{worst}</div>')
    return "".join(parts)


def to_html(studies: Sequence[Study], styles: Sequence[Style], about: dict[str, Any], together: dict[str, Legibility]) -> str:
    """The page; `about` may hold "notes", lines that a person has to know before the figures."""
    notes = "".join(f'<p class="warning">{escape(note)}</p>' for note in about.get("notes", []))
    parts = [
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">',
        f"<title>plotwriter: {escape(', '.join(style.name for style in styles))}</title><style>{CSS}</style></head><body>",
        "<h1>How well does it write?</h1>",
        f"<p>{len(studies)} {'style' if len(studies) == 1 else 'styles'}, {about['settings']['n_words']} words each, "
        f"best of {about['settings']['n_draws']} draws, "
        f"seed {about['settings']['seed']}; plotwriter {about['plotwriter']}, reader {escape(about['reader'])}</p>{notes}",
    ]
    key = "held_out" if "held_out" in together else "all"
    rows = [(study.style, study.figures[key]) for study in studies]
    rows = [*rows, ("together", together[key])] if len(rows) > 1 else rows
    if key == "held_out":
        parts.append("<h3>Character errors, generated over real ink of the same words</h3>")
        parts.append(f'<div class="wide">{intervals_picture([(name, found["ratio"]) for name, found in rows], (1.0, 1.15, 1.4))}</div>')
        parts.append(
            "<p>1 is as legible as the writer was; 1.15 is the aim, 1.4 the alarm. Bars: 95 % of the resamples of the words, "
            "which the hand was not trained on. Where nothing was misread a bar has no length, and says nothing of rare errors.</p>"
        )
    parts.append(_legibility_table(studies, together))
    parts.append(_overview(studies))
    parts += [_section(study, style) for study, style in zip(studies, styles, strict=True)]
    return "".join(parts) + "</body></html>\n"
