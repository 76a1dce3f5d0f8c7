"""Prepared words on disk: a dataset is framed and fitted once, not at every start."""

from __future__ import annotations

import hashlib
import json
import os
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from plotwriter.errors import FileError
from plotwriter.nets.arc_tokens import Program
from plotwriter.training import datasets
from plotwriter.training.datasets import FramedWord, WordSet, WriterFacts
from plotwriter.training.splice import spliced_words

__all__ = ["load_words", "prepare"]

VERSION = 2  # raise it when the preparation changes


def prepare(
    paths: list[Path], folder: Path, *, max_steps: int, max_characters: int, alphabet: str, seed: int, n_spliced: int = 100
) -> WordSet:
    """Words of several files as one set, from the cache in `folder` when it is there.

    A file's kind is seen from its samples: with "words" they are sentences, one character long
    they are isolated characters (spliced to words of the sentences), else they are words.

    Raises:
        FileError: an unreadable file, or no usable word in all of them
    """
    key = hashlib.sha256(
        repr(
            (
                VERSION,
                max_steps,
                max_characters,
                alphabet,
                seed,
                n_spliced,
                [(p.name, p.stat().st_size if p.exists() else 0) for p in paths],
            )
        ).encode()
    )
    cache = folder / f"words-{key.hexdigest()[:16]}.npz"
    if cache.is_file():
        return load_words(cache)
    framed: list[FramedWord] = []
    facts: dict[str, WriterFacts] = {}
    rejected = Counter[str]()
    characters: list[dict[str, Any]] = []
    sentences_words: list[FramedWord] = []
    for path in paths:
        samples = list(datasets.read_samples(path))
        if samples and all("words" in s for s in samples):
            words, found = datasets.framed_sentences(samples, rejected)
            sentences_words += words
        elif samples and all(len(s["text"]) == 1 for s in samples):
            characters += samples
            continue
        else:
            words, found = datasets.framed_words([s for s in samples if " " not in s["text"]], rejected)
        framed += words
        facts |= found
    if characters:
        framed += spliced_words(characters, sentences_words or framed, n_spliced, np.random.default_rng((seed, 0)))
    usable = []
    for word in framed:
        if not 0 < len(word.text) <= max_characters:
            rejected[f"word of more than {max_characters} characters"] += 1
        elif any(c not in alphabet for c in word.text):
            rejected["word with a character outside the alphabet"] += 1
        else:
            usable.append(word)
    words_set = datasets.to_wordset(usable, facts, rejected, max_steps=max_steps)
    if not words_set.texts:
        reasons = "; ".join(f"{n} x {reason}" for reason, n in rejected.most_common(3)) or "the files are empty"
        raise FileError(f"{', '.join(str(p) for p in paths)}: no word could be used ({reasons})")
    _save(cache, words_set)
    return words_set


def _save(path: Path, words: WordSet) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(".part.npz")
    about = {
        "texts": words.texts,
        "writers": words.writers,
        "facts": {writer: asdict(fact) for writer, fact in words.facts.items()},
        "rejected": dict(words.rejected),
    }
    np.savez_compressed(
        temporary,
        about=np.frombuffer(json.dumps(about).encode(), np.uint8),
        lengths=np.array([len(program.pens) for program in words.programs]),
        pens=np.concatenate([program.pens for program in words.programs]),
        targets=np.concatenate([program.targets for program in words.programs]).astype(np.complex64),
        apexes=np.concatenate([program.apexes for program in words.programs]).astype(np.complex64),
    )
    os.replace(temporary, path)


def load_words(path: Path) -> WordSet:
    """A set that `prepare` wrote."""
    with np.load(path, allow_pickle=False) as stored:
        about = json.loads(stored["about"].tobytes())
        cuts = np.cumsum(stored["lengths"])[:-1]
        pieces = [np.split(stored[name], cuts) for name in ("pens", "targets", "apexes")]
    programs = [Program(p, t.astype(np.complex128), a.astype(np.complex128)) for p, t, a in zip(*pieces, strict=True)]
    facts = {writer: WriterFacts(**fact) for writer, fact in about["facts"].items()}
    return WordSet(about["texts"], about["writers"], programs, facts, Counter(about["rejected"]))
