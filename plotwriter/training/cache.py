"""Prepared words on disk: a dataset is framed and fitted once, not at every start."""

from __future__ import annotations

import hashlib
import json
import os
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import asdict, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from plotwriter.errors import FileError
from plotwriter.nets.arc_tokens import DRAW, MOVE, Program
from plotwriter.samplers.readback import Reader
from plotwriter.samplers.shipped import READER_A
from plotwriter.training import datasets
from plotwriter.training.alignment import align_words
from plotwriter.training.datasets import FramedWord, WordSet, WriterFacts
from plotwriter.training.lines import framed_lines
from plotwriter.training.rejections import Origin, Rejected, Rejections
from plotwriter.training.splice import spliced_words

__all__ = ["load_newest", "load_words", "prepare"]

VERSION = 5  # raise it when the preparation changes
GRID = 512  # stored steps an x-height: a fifteenth of the finest bin of `LENGTHS`
MAX_READ_COST, MAX_RARE_COST = 2.5, 5.0  # nats a character; words with few small letters, of which the reader saw few
MIN_WITH_SPACE = 0.5  # share of a file's samples that makes it one of lines

Samples = list[dict[str, Any]]


def prepare(
    paths: list[Path],
    folder: Path,
    *,
    max_steps: int,
    max_characters: int,
    alphabet: str,
    seed: int,
    n_spliced: int = 320,
    align: bool = False,
    writers_first: Sequence[str] = (),
) -> WordSet:
    """Words of several files as one set, from the cache in `folder` when it is there.

    A file's kind is seen from its samples: with "words" they are sentences, one character long
    they are isolated characters (spliced to words of the others), most with a space they are lines,
    else they are words.

    Args:
        paths: files of ink
        folder: of the cache
        max_steps, max_characters: longer words are left out
        alphabet: words with other characters are left out
        seed: of what is spliced
        n_spliced: words made of every rare sign
        align: find the letter of every step with the reader, and leave out words that do not read as their label
        writers_first: up to half of the spliced words are theirs

    Raises:
        FileError: an unreadable file, or no usable word in all of them
    """
    recipe = (VERSION, max_steps, max_characters, alphabet, seed, n_spliced, align and _digest(READER_A), sorted(writers_first))
    sizes = [(p.name, p.stat().st_size if p.exists() else 0) for p in paths]
    cache = folder / f"words-{hashlib.sha256(repr((recipe, sizes)).encode()).hexdigest()[:16]}.npz"
    if cache.is_file():
        return load_words(cache)
    rejected = Rejections()
    framed, characters, facts = _framed(paths, rejected)
    framed += spliced_words(characters, framed, n_spliced, np.random.default_rng((seed, 0)), writers_first=writers_first)
    usable = []
    for word in framed:
        if not 0 < len(word.text) <= max_characters:
            rejected.append(word.rejected(f"word of more than {max_characters} characters"))
        elif any(c not in alphabet for c in word.text):
            rejected.append(word.rejected("word with a character outside the alphabet"))
        else:
            usable.append(word)
    words = datasets.to_wordset(usable, facts, rejected, max_steps=max_steps)
    if align:
        words.letters, words.costs = align_words(words, Reader())
        limit = [MAX_READ_COST if 2 * sum(c.islower() for c in text) >= len(text) else MAX_RARE_COST for text in words.texts]
        legible = words.costs <= np.array(limit)
        if 2 * legible.sum() < len(legible):  # a reader that cannot read half of a set is no judge of its labels
            legible = np.isfinite(words.costs)
        for i in np.flatnonzero(~legible):
            words.reject(int(i), "word that does not read as its label")
        words = words.subset(legible)
    if not words.texts:
        reasons = "; ".join(f"{n} x {reason}" for reason, n in words.rejected.counts().most_common(3)) or "the files are empty"
        raise FileError(f"{', '.join(str(p) for p in paths)}: no word could be used ({reasons})")
    natural: dict[str, list[FramedWord]] = defaultdict(list)
    for word in usable:
        if word.source is None:
            natural[word.writer].append(word)
    counts = Counter(writer for writer, source in zip(words.writers, words.spliced_from, strict=True) if source < 0)
    words.facts = {
        writer: replace(facts[writer], n_words=n, frame_x_height=datasets.small_letters(natural[writer])) for writer, n in counts.items()
    }
    _save(cache, words)
    return load_words(cache)  # what a later run will see, rounding and all


def _framed(paths: list[Path], rejected: Rejections) -> tuple[list[FramedWord], Samples, dict[str, WriterFacts]]:
    """Natural words of all files, isolated characters, and what is known of the writers, best from whole lines."""
    framed: list[FramedWord] = []
    characters: Samples = []
    from_words: dict[str, WriterFacts] = {}
    from_lines: dict[str, WriterFacts] = {}
    for path in paths:
        samples = list(datasets.read_samples(path))
        if samples and all(len(s["text"]) == 1 for s in samples):
            characters += samples
            continue
        if samples and all("words" in s for s in samples):
            words, found = datasets.framed_sentences(samples, rejected)
            from_lines |= found
        elif sum(" " in s["text"] for s in samples) > MIN_WITH_SPACE * len(samples):
            words, found = framed_lines(samples, rejected)
            from_lines |= found
        else:
            alone = [s for s in samples if " " not in s["text"]]
            for s in samples:
                if " " in s["text"]:
                    rejected.sample(s, "line among words")
            words, found = datasets.framed_words(alone, rejected)
            from_words |= found
        framed += words
    return framed, characters, from_words | from_lines


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:16]


def _on_grid(values: npt.NDArray[np.complex128]) -> npt.NDArray[np.int64]:
    """(n, 2) nearest grid points."""
    return np.rint(np.column_stack([values.real, values.imag]) * GRID).astype(np.int64)


def _packed(programs: list[Program]) -> dict[str, Any]:
    """Steps as small integers: where each leads from the last that led anywhere, and its apex from there.

    Raises:
        ValueError: a step of more than 64 x-heights, which no word has that was framed
    """
    pens = np.concatenate([program.pens for program in programs])
    lengths = np.array([len(program.pens) for program in programs])
    leads = (pens == MOVE) | (pens == DRAW)
    targets = _on_grid(np.concatenate([program.targets for program in programs]))
    apexes = _on_grid(np.concatenate([program.apexes for program in programs])) - targets
    apexes[pens != DRAW] = 0
    ways = np.diff(targets[leads], axis=0, prepend=np.zeros((1, 2), np.int64))
    starts = np.flatnonzero(leads)[np.unique(np.searchsorted(np.flatnonzero(leads), np.cumsum(lengths) - lengths))]
    first = np.isin(np.flatnonzero(leads), starts)
    ways[first] = targets[leads][first]
    steps = np.zeros((len(pens), 4), np.int64)
    steps[leads, :2], steps[:, 2:] = ways, apexes
    if np.abs(steps).max(initial=0) > np.iinfo(np.int16).max:
        raise ValueError(f"a step of {np.abs(steps).max() / GRID:.0f} x-heights; the cache holds 64")
    return {"pens": pens, "lengths": lengths.astype(np.int16), "steps": steps.astype(np.int16)}


def _unpacked(
    pens: npt.NDArray[np.int8], lengths: npt.NDArray[np.int16], steps: npt.NDArray[np.int16]
) -> tuple[list[Program], npt.NDArray[np.int64]]:
    """Programs, and where each of them ends in the row of all steps."""
    ends = np.cumsum(lengths, dtype=np.int64)
    starts = ends - lengths
    x, y, aside, up = steps.T.astype(np.int64)
    reached = np.cumsum(x + 1j * y)  # integers, so nothing is lost
    before = np.concatenate([[0j], reached[ends[:-1] - 1]])
    targets: npt.NDArray[np.complex128] = (reached - np.repeat(before, lengths)) / GRID
    apexes: npt.NDArray[np.complex128] = targets + (aside + 1j * up) / GRID
    targets[(pens != MOVE) & (pens != DRAW)] = 0
    apexes[pens != DRAW] = 0
    return [Program(pens[a:b], targets[a:b], apexes[a:b]) for a, b in zip(starts.tolist(), ends.tolist(), strict=True)], ends


def _save(path: Path, words: WordSet) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{os.getpid()}.{path.name}")  # each process of a run prepares the words; no half of them is ever found
    files = sorted({origin.file for origin in words.origins})
    index = {file: k for k, file in enumerate(files)}
    about = {
        "texts": words.texts,
        "writers": words.writers,
        "facts": {writer: asdict(fact) for writer, fact in words.facts.items()},
        "rejections": [[one.text, one.writer, one.reason, *one.origin] for one in words.rejected],
        "files": files,
    }
    np.savez_compressed(
        temporary,
        about=np.frombuffer(json.dumps(about).encode(), np.uint8),
        spliced_from=words.spliced_from.astype(np.int32),
        letters=np.concatenate(words.letters) if words.letters else np.zeros(0, np.uint8),
        costs=words.costs,
        origins=np.array([(index[origin.file], origin.line) for origin in words.origins], np.int32).reshape(-1, 2),
        **_packed(words.programs),
    )
    os.replace(temporary, path)


def load_newest(folder: Path) -> WordSet:
    """The set that was prepared last in a folder.

    Raises:
        FileError: none there
    """
    found = sorted(folder.glob("words-*.npz"), key=lambda path: path.stat().st_mtime)
    if not found:
        raise FileError(f"{folder}: no prepared words; 'plotwriter train' makes them from files of ink")
    return load_words(found[-1])


def load_words(path: Path) -> WordSet:
    """A set that `prepare` wrote."""
    with np.load(path, allow_pickle=False) as stored:
        about = json.loads(stored["about"].tobytes())
        programs, ends = _unpacked(stored["pens"], stored["lengths"], stored["steps"])
        letters, costs, spliced_from = stored["letters"], stored["costs"], stored["spliced_from"].astype(np.int64)
        places = stored["origins"].tolist() if "origins" in stored else []  # a run of an older version has none
    facts = {writer: WriterFacts(**fact) for writer, fact in about["facts"].items()}
    cuts = pairwise([0, *ends.tolist()]) if len(letters) else []
    rejected = Rejections(Rejected(text, writer, reason, Origin(*at)) for text, writer, reason, *at in about.get("rejections", ()))
    origins = [Origin(about["files"][file], line) for file, line in places]
    return WordSet(
        about["texts"], about["writers"], programs, facts, rejected, spliced_from, [letters[a:b] for a, b in cuts], costs, origins
    )
