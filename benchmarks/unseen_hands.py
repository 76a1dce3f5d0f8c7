"""Hands that the nets have never seen, made of a few words as a user makes them, and held against the person's other ink.

    python -m benchmarks.unseen_hands WEIGHTS --ink held_out.jsonl.gz --others ink.jsonl.gz --out runs/unseen

    WEIGHTS: nets that have learned from none of the people of --ink, nor reader b (the people of reader a's half will do)

    60 words of a person -> match -> fit -> a style -> texts of their other words, best of 4 -> reader b, traits
    the person's other words -----------------------------------------------------------------> reader b, traits

The people's other words are prepared as training prepares words, so figures mean what they mean in `plotwriter evaluate`:
misread by reader b beside real ink of the same texts (one shape for both), taken for their writer from five words
among all people given, style distance in within-writer s.d. One thread. Every result is kept in --out at once;
the same command again goes on where it was stopped. Read the ratios; the seconds are of this machine.
"""

from __future__ import annotations

import argparse
import gzip
import json
import math
import time
import zlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from benchmarks.photos import photo_samples
from plotwriter import registry
from plotwriter.errors import PlotwriterError
from plotwriter.evaluation.legibility import Judge, legibility
from plotwriter.evaluation.shape import reshaped, shape_of
from plotwriter.evaluation.traits import Hands, traits
from plotwriter.evaluation.words import Word, from_ink, from_program
from plotwriter.exchange import write_atomically
from plotwriter.hands.fit import FitOptions, fit
from plotwriter.hands.keep import card_of, words_to_keep
from plotwriter.hands.lineup import lineup_picture
from plotwriter.hands.matching import Match, match
from plotwriter.inkfiles import InkSample
from plotwriter.nets.checkpoint import load_hands, save_net
from plotwriter.nets.gpt import ALPHABET
from plotwriter.styles import Style, find_style
from plotwriter.text import Prompt
from plotwriter.training.cache import prepare
from plotwriter.training.datasets import read_samples
from plotwriter.training.frames import deslant

N_SHOWN = 60  # words of a person that are put aside to learn from; fewer are the first of them
N_KNOWN, LEAST_KNOWN = 150, 20  # words that a person is told apart by
N_TOGETHER = 5  # words looked at together when the writer is named
N_PEOPLE = 20  # told apart at the most
MOST_SAMPLES = 220  # of each other person
PIECE = 5  # words of a sentence that are shown as one sample
N_TRIAL = 500  # of style distances
WAYS = ("quick", "fitted", "quick primed", "primed")  # `styles fit` with --quick, as it is, with --quick --prime, with --prime

Sample = dict[str, Any]


@dataclass(frozen=True, slots=True, eq=False)
class Person:
    """What one person wrote."""

    shown: list[InkSample]  #: to learn from, `N_SHOWN` words
    real: list[Word]  #: other words, none of the texts shown; upright, random order
    lean: float  #: dx/dy, which the words' frame took off


def _words_in(sample: Sample) -> int:
    return len(sample["words"]) if "words" in sample else len(sample["text"].split())


def _as_shown(sample: Sample, most: int) -> Iterator[InkSample]:
    """A sample as a user would give it; sentences whose words are known in parts of a few words, `most` words in all."""
    if "words" not in sample:
        yield InkSample(sample["text"], tuple(np.conj(points) for points in sample["ink"]), "", "")
        return
    spans = sample["words"][:most]
    for first in range(0, len(spans), PIECE):
        part = spans[first : first + PIECE]
        ink = sample["ink"][part[0][1] : part[-1][2] + 1]
        yield InkSample(" ".join(text for text, _, _ in part), tuple(np.conj(points) for points in ink), "", "")


def _put_aside(samples: list[Sample], seed: int) -> tuple[list[InkSample], list[Sample]]:
    """Samples to learn from, and the others."""
    order = np.random.default_rng(seed).permutation(len(samples))
    shown: list[InkSample] = []
    n, rest = 0, []
    for k in order:
        if n >= N_SHOWN:
            rest.append(samples[k])
            continue
        shown += _as_shown(samples[k], N_SHOWN - n)
        n += min(_words_in(samples[k]), N_SHOWN - n)
    return shown, rest


def _kind(sample: Sample) -> str:
    return "sentences" if "words" in sample else "lines" if " " in sample["text"] else "words"


def _of_one_kind(samples: list[Sample]) -> list[Sample]:
    """Sentences, lines or single words, whichever are most: each kind is framed in its own way, with a lean of its own."""
    n_words = Counter[str]()
    for sample in samples:
        n_words[_kind(sample)] += _words_in(sample)
    return [sample for sample in samples if _kind(sample) == n_words.most_common(1)[0][0]]


def people(ink: Sequence[Path], others: Sequence[Path], folder: Path, seed: int) -> tuple[dict[str, Person], dict[str, Person]]:
    """Those whose hands are tried, and others to tell them from, who are known by number.

    Args:
        ink: files of people the nets have never seen
        others: files of anybody
        folder: where prepared words are kept
        seed: of what is shown
    """
    samples = defaultdict(list)
    for path in ink:
        for sample in read_samples(path):
            samples[sample["writer"]].append(sample)
    shown, rest = {}, dict[str, list[Sample]]()
    for name, own in samples.items():
        shown[name], rest[name] = _put_aside(_of_one_kind(own), zlib.crc32(f"{seed} {name}".encode()))
    strangers = Counter[str]()
    for path in others:
        strangers.update(sample["writer"] for sample in read_samples(path) if sample["writer"] not in samples)
    names = {writer: f"other {k}" for k, (writer, _) in enumerate(strangers.most_common(max(0, N_PEOPLE - len(samples))), 1)}
    for path in others:
        for sample in read_samples(path):
            if sample["writer"] in names and len(rest.setdefault(sample["writer"], [])) < MOST_SAMPLES:
                rest[sample["writer"]].append(sample)
    prepared = prepare(
        _files(rest, folder), folder / "cache", max_steps=144, max_characters=24, alphabet=ALPHABET, seed=0, n_spliced=0, align=True
    )
    found = {}
    for name in rest:
        told = {word for sample in shown.get(name, []) for word in sample.text.split()}
        own = [i for i, writer in enumerate(prepared.writers) if writer == name and prepared.texts[i] not in told]
        words = (from_program(prepared.texts[i], prepared.programs[i]) for i in np.random.default_rng((seed, 7)).permutation(own))
        found[name] = Person(shown.get(name, []), [word for word in words if word], prepared.facts[name].slant)
    return {name: found[name] for name in shown}, {label: found[writer] for writer, label in names.items()}


def _files(samples: dict[str, list[Sample]], folder: Path) -> list[Path]:
    """Samples as files of one kind each."""
    folder.mkdir(parents=True, exist_ok=True)
    by_kind = defaultdict(list)
    for own in samples.values():
        for sample in own:
            row = {key: value for key, value in sample.items() if key != "ink"}
            by_kind[_kind(sample)].append(json.dumps(row) + "\n")
    paths = []
    for kind, rows in sorted(by_kind.items()):
        paths.append(folder / f"rest-{kind}.jsonl.gz")
        write_atomically(paths[-1], gzip.compress("".join(rows).encode(), 1, mtime=0))
    return paths


def vectors(words: Sequence[Word], lean: float) -> np.ndarray:
    """Traits of words, (n, d)."""
    with np.errstate(divide="ignore", invalid="ignore"):  # a pen that turns back on the spot has no angle
        return np.array([traits(word, lean) for word in words])


def shown_words(person: Person, n: int, base: Style, photo: Path | None = None) -> Match:
    """The first n words of a person that can be used, as `plotwriter styles fit` finds them; photo: a folder for a photo of their page."""
    found = match(person.shown)
    if photo:
        found = match(photo_samples(found, photo, load_hands(base.weights).eval()))
    some = found.used.subset(np.arange(len(found.used.texts)) < n)
    return replace(found, used=some)


def hand(found: Match, base: Style, way: str, options: FitOptions, path: Path) -> tuple[Style, dict[str, Any]]:
    """A style made in one of the `WAYS`, and what the making says of itself."""
    began = time.process_time()
    fitted = fit(found.used, load_hands(base.weights), replace(options, quick=way.startswith("quick")))
    seconds = time.process_time() - began
    names = {int(entry["row"]): str(entry["name"]) for entry in base.card["styles"]}
    prime = words_to_keep(found.used) if way.endswith("primed") else ()
    card = card_of(fitted, found.facts, base, names, name="unseen", description="a person the nets have not seen", prime=prime)
    save_net(path, fitted.model, card)
    return find_style(str(path)), {"seconds": round(seconds, 1), **card["recipe"]}


def write(style: Style, texts: Sequence[str], seed: int) -> list[Word]:
    """Texts in a style, best of 4."""
    sampler = registry.load("sampler", style.sampler)(style, device="cpu", n_draws=4)
    return [from_ink(ink) for ink in sampler.write([Prompt(text, (0, len(text))) for text in texts], style, seed=seed)]


def judged(judge: Judge, hands: Hands, name: str, real: Sequence[Word], written: Sequence[Word], leans: tuple[float, float]) -> Sample:
    """Figures of one hand.

    Args:
        judge: reader b
        hands: all people by other words
        name: whose hand it is meant to be
        real, written: the same texts
        leans: of the person, and of the style
    """
    size = shape_of(written).x_height / shape_of(real).x_height
    wanted = replace(shape_of(real), lean=0.0)  # readers learn from upright words
    said, real_said = (judge.look(reshaped(words, wanted)).said for words in (written, real))
    rng = np.random.default_rng(13)
    found: Sample = {"texts": [word.text for word in real], "said": said, "real_said": real_said}
    # the unit and the shear of a frame are no part of a hand: a few words tell both less well than all the person's ink
    alike = [replace(word, strokes=tuple(deslant(points / size, leans[0] - leans[1]) for points in word.strokes)) for word in written]
    for label, words in (("real_", real), ("", alike)):
        seen = vectors(words, leans[0])
        found[label + "nearest"] = hands.nearest_rate(name, seen, rng, n_words=N_TOGETHER)
        row = hands.names.index(name)
        apart = [hands.distances(seen[rng.choice(len(seen), N_TOGETHER, replace=False)])[row] for _ in range(N_TRIAL)]
        found[label + "distance"] = float(np.mean(apart))
    found["size"] = size
    return found


def table(results: dict[str, Sample]) -> str:
    """A line for every way and number of words: over all people, then person by person."""
    lines = [
        f"{'words':>5} {'way':14} {'people':20} {'nearest':>8} {'real':>6} {'ratio':>6} {'distance':>9} {'real':>6} "
        f"{'misread':>8} {'real':>6} {'ratio':>22} {'CPU-s':>6}"
    ]
    groups = defaultdict(list)
    for key, row in sorted(results.items()):
        name, words, way = key.split(" / ")
        groups[int(words), way].append((name, row))
    for (words, way), members in sorted(groups.items(), key=lambda item: (-item[0][0], item[0][1])):
        for who, rows in [(f"all {len(members)}", [row for _, row in members]), *((name, [row]) for name, row in members)]:
            texts, said, real_said = ([s for row in rows for s in row[part]] for part in ("texts", "said", "real_said"))
            read = legibility(texts, said, real_said, np.random.default_rng(0))
            near, real_near, far, real_far = (
                float(np.mean([row[part] for row in rows])) for part in ("nearest", "real_nearest", "distance", "real_distance")
            )
            ratio = read["ratio"]
            lines.append(
                f"{words:5} {way:14} {who:20} {near:8.2f} {real_near:6.2f} {near / real_near if real_near else math.nan:6.2f} "
                f"{far:9.2f} {real_far:6.2f} {100 * read['cer'].value:7.1f}% {100 * read['real_cer'].value:5.1f}% "
                f"{ratio.value:8.2f} [{ratio.low:.2f}, {ratio.high:.2f}] {np.mean([row['seconds'] for row in rows]):6.0f}"
            )
    return "\n".join(lines)


def run(options: argparse.Namespace, tell: Callable[[str], None]) -> str:
    """All that is asked for and not yet there; the table."""
    torch.set_num_threads(1)
    kept = options.out / "results.json"
    results: dict[str, Sample] = json.loads(kept.read_text()) if kept.is_file() else {}
    unseen, others = people(options.ink, options.others, options.out, options.seed)
    known = {}
    for name, person in (unseen | others).items():
        words = person.real[options.texts :][:N_KNOWN] if name in unseen else person.real[:N_KNOWN]
        if len(words) >= LEAST_KNOWN:
            known[name] = vectors(words, person.lean)
    hands, base, judge = Hands(known), find_style(str(options.weights)), Judge()
    fitting = FitOptions(minutes=options.minutes)
    for name in options.writer or sorted(unseen):
        person = unseen[name]
        for n_words in options.words:
            for way in options.way:
                key = f"{name} / {n_words} / {way}{' photo' if options.photo else ''}"
                if key in results or name not in known:
                    continue
                found = shown_words(person, n_words, base, options.out if options.photo else None)
                if not found.used.texts:
                    tell(f"{key}: no word could be used")
                    continue
                stem = key.replace(" / ", "-").replace(" ", "-")
                style, about = hand(found, base, way, fitting, options.out / f"{stem}.safetensors")
                real = person.real[: options.texts]
                written = write(style, [word.text for word in real], options.seed)
                leans = person.lean, math.tan(style.slant)
                results[key] = judged(judge, hands, name, real, written, leans) | about
                rows = [([word, *written[k : k + 1]], 0) for k, word in enumerate(real[:24])]
                write_atomically(options.out / f"{stem}.svg", lineup_picture(rows, person.lean, key).encode())
                write_atomically(kept, json.dumps(results, indent=1).encode())
                tell(f"{key}: nearest {results[key]['nearest']:.2f} of {results[key]['real_nearest']:.2f}, {about['seconds']} CPU-s")
    return table(results)


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("weights", type=Path)
    parser.add_argument("--ink", type=Path, nargs="+", required=True, help="of people whom the nets have never seen")
    parser.add_argument("--others", type=Path, nargs="*", default=[], help="of anybody, to tell them from")
    parser.add_argument("--out", type=Path, default=Path("runs/unseen"))
    parser.add_argument("--writer", nargs="*", help="some of the people only")
    parser.add_argument("--words", type=int, nargs="+", default=[60, 5, 1])
    parser.add_argument("--way", nargs="+", choices=WAYS, default=list(WAYS))
    parser.add_argument("--texts", type=int, default=50, help="written by each hand")
    parser.add_argument("--photo", action="store_true", help="learn from a bad photo of the words instead of their ink; needs the extra")
    parser.add_argument("--minutes", type=float, default=FitOptions().minutes, help="a fit may take")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    try:
        print(run(options, lambda line: print(line, flush=True)))
    except PlotwriterError as error:
        parser.exit(1, f"{error}\n")


if __name__ == "__main__":
    main()
