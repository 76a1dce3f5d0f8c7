"""Studies to a JSON text and a page that stands alone: no script, no file beside it, no address."""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Any

import numpy as np

from plotwriter.evaluation.legibility import legibility
from plotwriter.evaluation.pictures import intervals_picture, line_picture, word_picture
from plotwriter.evaluation.statistics import Interval, share_interval
from plotwriter.evaluation.study import Shown, Study
from plotwriter.evaluation.tables import legibility_table, overview, reach_table, rows_of, table
from plotwriter.evaluation.targets import verdicts
from plotwriter.evaluation.variety import Nearest

__all__ = ["pooled", "to_html", "to_json"]

N_WORST = 14  # words shown beside real ones
N_MISREAD = 60  # words shown that were accepted and misread
CSS = """
:root { color-scheme: light dark; --paper: #fffdf8; --text: #22252b; --faint: #6d7178; --line: #dedad0;
  --ink: #1b2a5e; --mark: #b3541b; --good: #2c7a3f; }
@media (prefers-color-scheme: dark) {
  :root { --paper: #16181d; --text: #e4e2dc; --faint: #9a9da4; --line: #34373f; --ink: #a9bcff; --mark: #e0a066; --good: #83c995; }
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
.yes { color: var(--good); } .no { color: var(--mark); font-weight: 600; } .none { color: var(--faint); }
.side { display: flex; flex-wrap: wrap; gap: .4rem 1.6rem; } .side figure { margin: 0; }
svg.chart text { fill: var(--text); font-size: 13px; } svg.chart circle { fill: var(--ink); }
svg.chart .range { stroke: var(--ink); stroke-width: 2; } svg.chart .mark { stroke: var(--line); stroke-width: 1.5; }
"""


def pooled(studies: Sequence[Study], seed: int) -> dict[str, dict[str, Any]]:
    """Figures over all styles of each weights file: "held_out", "all" and "ocr" as `legibility` has them, "words" of each, and "trust"."""
    systems: dict[Path, list[Study]] = {}
    for study in studies:
        systems.setdefault(study.style.weights, []).append(study)
    found = {}
    for weights, members in systems.items():
        name = "together" if len(systems) == 1 else f"together, {weights.parent.name}/{weights.stem}"
        found[name] = _pooled(members, seed)
    return found


def _pooled(studies: Sequence[Study], seed: int) -> dict[str, Any]:
    found: dict[str, Any] = {"words": {}}
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
            found["words"][name] = len(texts)
    accepted, misread = (sum(study.figures["trust"][key] for study in studies) for key in ("accepted", "misread_words"))
    found["trust"] = {"accepted": accepted, "misread_words": misread, "misread": share_interval(misread, accepted, of=1000)}
    return found


def _plain(value: Any) -> Any:
    """What JSON can hold: intervals as objects, figures that are none as null."""
    if isinstance(value, Interval):
        return _plain(dataclasses.asdict(value))
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    if isinstance(value, float):
        return round(value, 5) if math.isfinite(value) else None
    return value


def _reached(figures: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {
            "target": v.target.name,
            "wanted": v.target.wanted,
            "figure": v.figure,
            "scale": v.target.scale,
            "reached": v.reached,
            "certain": v.certain,
        }
        for v in verdicts(figures)
    ]


def to_json(studies: Sequence[Study], about: dict[str, Any], together: dict[str, dict[str, Any]]) -> str:
    """Every figure, and what it was made with."""
    content = {
        **about,
        "to_reach": {study.name: _reached(study.figures) for study in studies},
        "pooled": together,
        "styles": {study.name: study.figures for study in studies},
    }
    return json.dumps(_plain(content), indent=1, ensure_ascii=False) + "\n"


def _read(text: str, said: str) -> str:
    """What a reader made of a word, marked where it is wrong."""
    return f'<span class="{"yes" if said == text else "no"}">{escape(said) or "(nothing)"}</span>'


def _words_table(shown: Sequence[Shown], lean: float) -> str:
    """Real beside generated, and what each reads as."""
    with_real, with_ocr = any(word.real for word in shown), any(word.said_ocr is not None for word in shown)
    names = ["", *(["real", "read as"] if with_real else []), "generated", "read as", *(["RapidOCR"] if with_ocr else [])]
    body = []
    for word in shown:
        text = word.generated.text
        cells = [f"<small>{escape(text)}</small>"]
        if with_real:
            cells += [word_picture(word.real, lean) if word.real else "", _read(text, word.real_said or "")]
        cells += [word_picture(word.generated, lean), _read(text, word.said)]
        if with_ocr:
            cells.append(_read(text, word.said_ocr or ""))
        body.append("<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>")
    head = "".join(f"<td><small>{name}</small></td>" for name in names)
    return f'<div class="wide"><table class="words"><tr>{head}</tr>{"".join(body)}</table></div>'


def _misread(study: Study, lean: float) -> str:
    """Every word that the sampler vouched for and reader b misread, for a person to judge."""
    words = [word for word in study.exhibits.words if word.accepted and word.said != word.generated.text]
    n, of = len(words), study.figures["trust"]["accepted"]
    figures = "".join(
        f"<figure>{word_picture(word.generated, lean)}"
        f"<figcaption>{escape(word.generated.text)}, read as {_read(word.generated.text, word.said)}</figcaption></figure>"
        for word in words[:N_MISREAD]
    )
    more = f"<p>{n - N_MISREAD} more are not shown.</p>" if n > N_MISREAD else ""
    return f'<h3>Accepted by the sampler, misread by reader b: {n} of {of}</h3><div class="side">{figures}</div>{more}'


def _nearest(nearest: Sequence[Nearest], lean: float) -> str:
    """Generated words and what they may have been copied from."""
    pairs = "".join(
        f"<figure>{word_picture(pair.generated, lean)}{word_picture(pair.learned, lean)}"
        f"<figcaption>{escape(pair.generated.text)}, {pair.distance:.3f} x-heights</figcaption></figure>"
        for pair in nearest
    )
    return f'<h3>Nearest to a learned word: generated above, learned below</h3><div class="side">{pairs}</div>' if pairs else ""


def _section(study: Study) -> str:
    style, shown = study.style, study.exhibits
    lean = math.tan(style.slant)
    parts = [f"<h2>{escape(study.name)}</h2><p>{escape(style.description)}</p>"]
    if shown.line is not None:
        parts.append(f'<div class="wide">{line_picture(shown.line, style.x_height)}</div>')
    parts.append(table(rows_of(study.figures)))
    if farthest := study.figures.get("style", {}).get("farthest"):
        named = ", ".join(f"{escape(trait)} {apart:+.1f}" for trait, apart in farthest.items())
        parts.append(f"<p>Farthest from the hand's own mean, in standard deviations of its words: {named}.</p>")
    title = "Real beside generated" if any(word.real for word in shown.words) else "Words"
    parts.append(f"<h3>{title}, worst first by reader b</h3>{_words_table(shown.words[:N_WORST], lean)}")
    parts += [_misread(study, lean), _nearest(shown.nearest, lean)]
    return "".join(parts)


def to_html(studies: Sequence[Study], about: dict[str, Any], together: dict[str, dict[str, Any]]) -> str:
    """The page; `about` may hold "notes", lines that a person has to know before the figures."""
    notes = "".join(f'<p class="warning">{escape(note)}</p>' for note in about.get("notes", []))
    parts = [
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">',
        f"<title>plotwriter: {escape(', '.join(study.name for study in studies))}</title><style>{CSS}</style></head><body>",
        "<h1>How well does it write?</h1>",
        f"<p>{len(studies)} {'style' if len(studies) == 1 else 'styles'}, {about['settings']['n_words']} words each, "
        f"best of {about['settings']['n_draws']} draws, "
        f"seed {about['settings']['seed']}; plotwriter {about['plotwriter']}, reader {escape(about['reader'])}</p>{notes}",
        f"<h3>To reach</h3>{reach_table(studies, together)}",
        "<p>“Within doubt”: the 95 % interval of the figure reaches over the edge of what is wanted.</p>",
    ]
    rows = [(study.name, study.figures["all"]["ratio"]) for study in studies if "ratio" in study.figures["all"]]
    if rows:
        rows += [(name, figures["all"]["ratio"]) for name, figures in together.items() if len(rows) > 1]
        parts.append("<h3>Character errors by reader b, generated over real ink of the same words</h3>")
        parts.append(f'<div class="wide">{intervals_picture(rows, (0.7, 1.0))}</div>')
        parts.append(
            "<p>1 is as legible as the writer was; 0.7 is the aim. Bars: 95 % of the resamples of the words. "
            "Where nothing was misread a bar has no length, and says nothing of rare errors.</p>"
        )
    parts.append(f"<h3>Legibility</h3>{legibility_table(studies, together)}")
    parts.append(
        "<p>Before anything is read, generated and real words are brought to the same median slant, x-height and width a character: "
        "upright and as wide as the real ink for reader b, leaning and of one width for RapidOCR. What is marked “as written” was not.</p>"
    )
    parts.append(f"<h3>Faith to the text, geometry, hand, variety</h3>{overview(studies)}")
    parts += [_section(study) for study in studies]
    return "".join(parts) + "</body></html>\n"
