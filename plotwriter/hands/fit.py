"""A hand from its words: seen at once by the hand reader, then learned.

    words -> hand reader -> general vector, letters' vectors          at once
             letters that the words lack <- the nearest hands
    words + ink of the hands that ship -> the whole net, those vectors too -> the best of several looks

Learning from 60 words alone would forget the letters that they lack, so every step also writes words that the net itself
has written in its own hands (no real ink is needed for that). Looks at held-out words decide when it was best: what reader a
misreads, and how far the traits of the writing are from the person's.
"""

from __future__ import annotations

import copy
import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from plotwriter.errors import SampleError
from plotwriter.evaluation.legibility import wrong_characters
from plotwriter.evaluation.traits import Hands, traits
from plotwriter.evaluation.words import Word, from_program
from plotwriter.hands.replay import Replay
from plotwriter.nets.gpt import FIRST_CHARACTER, HandStyle
from plotwriter.nets.hands import HandModel, HandModelConfig
from plotwriter.samplers.draw import Draw, draw_words, one_thread
from plotwriter.samplers.readback import Reader
from plotwriter.samplers.words import strokes_of
from plotwriter.training.batches import WITHIN_HAND, Batch, PackedWords, collate, references
from plotwriter.training.datasets import WordSet

__all__ = ["FitOptions", "Fitted", "Look", "fit", "seen"]

MOST_REFERENCES = 400  # words
FEW = 16  # words; with fewer none can be held out, and a fixed number of steps has to do
UNREADABLE = 1.5  # s.d. of the traits that a share of characters misread is worth
TEMPERATURE = 0.5  # of the hands that ship

Floats = npt.NDArray[np.float64]
OnLook = Callable[[float, "Look | None"], None]  #: told the share done, and every look


@dataclass(frozen=True, slots=True)
class FitOptions:
    """How a hand is learned."""

    quick: bool = False  #: the hand reader alone
    minutes: float = 8.0  #: at most
    steps: int = 160  #: at most
    batch: int = 20  #: words of the person a step
    replay: int = 20  #: words of the hands that ship a step
    learning_rate: float = 3e-4  #: of the net
    vector_rate: float = 4e-3  #: of the hand's own vectors
    weight_decay: float = 0.02  #: towards the net that is begun with
    look_every: int = 40  #: steps
    look_words: int = 48  #: drawn at every look
    held_out: float = 0.2  #: share of the words
    n_replay: int = 360  #: words drawn in the hands that ship
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Look:
    """How the hand stood after some steps."""

    step: int
    wrong: float  #: share of characters that reader a misreads in single draws
    real_wrong: float  #: the same share in the person's own ink of these texts
    apart: float  #: of the traits from the person's, s.d. within the person's words
    nats: float  #: a step of the words held out

    @property
    def score(self) -> float:
        """Lower is better: as near to the person as can be, while no harder to read than they are."""
        return self.apart + UNREADABLE * max(0.0, self.wrong - self.real_wrong)


@dataclass(frozen=True, slots=True, eq=False)
class Fitted:
    """A model that keeps one hand, and how it came about."""

    model: HandModel
    lacking: dict[str, int]  #: characters that the words do not have, and the row of the base's hands that each comes from
    looks: tuple[Look, ...]
    best: Look | None  #: the one that was kept
    seconds: float
    n_words: int


def seen(base: HandModel, packed: PackedWords, rows: npt.NDArray[np.int64]) -> tuple[HandStyle, dict[str, int]]:
    """A hand as the hand reader sees it in some words, and what was borrowed.

    Args:
        base: the nets, in eval mode, and the hands kept with them
        packed: words
        rows: of them, of one person

    Returns:
        one row; characters the words lack and the base's hand that each comes from: the nearest that has it, by the letters both have
    """
    with torch.no_grad():
        style = base.reader(references(packed, rows[:MOST_REFERENCES]))
    alphabet = base.config.gpt.alphabet
    own, kept = style.letters[0].clone(), base.letters.detach()  # (s, c), (hands, s, c)
    there, theirs = own.abs().sum(-1) > 0, kept.abs().sum(-1) > 0
    both = there & theirs  # (hands, s)
    apart = ((kept - own).square().sum(-1) * both).sum(1) / both.sum(1).clamp(min=1)
    order = torch.where(both.any(1), apart, torch.inf).argsort().tolist()
    lacking = {}
    for k, character in enumerate(alphabet, FIRST_CHARACTER):
        if there[k]:
            continue
        for row in order:
            if theirs[row, k]:
                own[k], lacking[character] = kept[row, k], row
                break
    return HandStyle(style.general, own[None]), lacking


def fit(words: WordSet, base: HandModel, options: FitOptions, on_look: OnLook | None = None) -> Fitted:
    """Learn a hand.

    Args:
        words: of one person, with the letter of every step
        base: the nets to begin with, and hands to borrow from; is not changed
        options: how
        on_look: told of progress

    Raises:
        SampleError: no words
    """
    if not words.texts:
        raise SampleError("no word of the samples could be used; look at what was matched, and write a few words more")
    began = time.monotonic()
    packed = PackedWords(words, base.config.gpt.alphabet)
    order = np.random.default_rng((options.seed, 21)).permutation(len(words.texts))
    n_held = round(options.held_out * len(order)) if len(order) >= FEW else 0
    style, lacking = seen(base, packed, order)
    model = HandModel(HandModelConfig(base.config.gpt, 1))
    model.gpt.load_state_dict(base.gpt.state_dict())
    model.reader.load_state_dict(base.reader.state_dict())
    model.general.data, model.letters.data = style.general.clone(), style.letters.clone()
    looks: list[Look] = []
    best: Look | None = None
    if not options.quick:
        with one_thread():
            looks, best = _learn(model, base, words, packed, order[n_held:], order[:n_held], options, began, on_look)
    return Fitted(model.eval(), lacking, tuple(looks), best, time.monotonic() - began, len(words.texts))


def _learn(
    model: HandModel,
    base: HandModel,
    words: WordSet,
    packed: PackedWords,
    train_on: npt.NDArray[np.int64],
    test_on: npt.NDArray[np.int64],
    options: FitOptions,
    began: float,
    on_look: OnLook | None,
) -> tuple[list[Look], Look | None]:
    """Train in place, and leave the model as it was at its best look."""
    judge = _Judge(words, packed, test_on if len(test_on) else train_on, options)
    replay = Replay(base, options.n_replay, options.seed)
    start = [parameter.detach().clone() for parameter in model.gpt.parameters()]
    vectors = [model.general, model.letters]
    optimiser = torch.optim.AdamW(
        [{"params": list(model.gpt.parameters()), "lr": options.learning_rate}, {"params": vectors, "lr": options.vector_rate}],
        betas=(0.9, 0.98),
        weight_decay=0.0,
    )
    rates = [group["lr"] for group in optimiser.param_groups]
    steps = options.steps if len(test_on) else min(options.steps, 6 * len(train_on) + 20)
    looks = [judge.look(model, 0)]
    best, kept = looks[0], copy.deepcopy(model.state_dict())
    generator = np.random.default_rng((options.seed, 22))
    known = (model.letters.detach().abs().sum(-1, keepdim=True) > 0).float()
    slowest = 0.0
    for step in range(1, steps + 1):
        at = time.monotonic()
        model.gpt.train()
        share = step / steps
        for group, rate in zip(optimiser.param_groups, rates, strict=True):
            group["lr"] = rate * min(1.0, step / 10) * (0.1 + 0.9 * 0.5 * (1 + math.cos(math.pi * share)))
        rows = generator.choice(train_on, min(options.batch, 2 * len(train_on)))
        own = collate(packed, rows, WITHIN_HAND.draw(len(rows), generator))
        with torch.autocast("cpu", torch.bfloat16):  # half the time of float32 on a CPU that has it
            loss = _nats(model, own, HandStyle(model.general, model.letters * known).expand(len(rows)))
            loss = loss + replay.nats(model.gpt, generator, options.replay)
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_([*model.gpt.parameters(), *vectors], 1.0)
        optimiser.step()
        with torch.no_grad():
            for parameter, first in zip(model.gpt.parameters(), start, strict=True):
                parameter.lerp_(first, options.weight_decay * options.learning_rate / 1e-3 * 0.1)
        slowest = max(slowest, time.monotonic() - at)
        over = (time.monotonic() - began + 2 * slowest) / 60 > options.minutes
        if step % options.look_every == 0 or step == steps or over:
            looks.append(judge.look(model, step))
            if looks[-1].score < best.score:
                best, kept = looks[-1], copy.deepcopy(model.state_dict())
            if on_look:
                on_look(share, looks[-1])
        elif on_look:
            on_look(share, None)
        if over:
            break
    model.load_state_dict(kept)
    return looks, best


def _nats(model: HandModel, batch: Batch, style: HandStyle) -> Tensor:
    """Nats a step of writing a batch."""
    parts = model.gpt.log_likelihood(batch.characters, style, batch.tokens, batch.position, batch.letters, batch.real)
    return -torch.stack(list(parts.values())).sum() / batch.real.sum()


class _Judge:
    """Looks at a hand: writes words of its own texts, reads them, compares their traits."""

    def __init__(self, words: WordSet, packed: PackedWords, rows: npt.NDArray[np.int64], options: FitOptions) -> None:
        real = [from_program(words.texts[i], words.programs[i]) for i in range(len(words.texts))]
        self.hands = Hands({"own": _traits([word for word in real if word is not None])}) if len(real) > 1 else None
        self.texts = [words.texts[rows[k % len(rows)]] for k in range(options.look_words)]
        self.real = collate(packed, rows)
        self.reader, self.seed = Reader(), options.seed
        said = self.reader.net.read(self.real.tokens, self.real.position, self.real.real)
        own = [words.texts[i] for i in rows]
        self.real_wrong = float(wrong_characters(own, said).sum() / sum(map(len, own)))

    @torch.no_grad()
    def look(self, model: HandModel, step: int) -> Look:
        """One look; the same draws' uniforms every time."""
        model.eval()
        nats = float(_nats(model, self.real, model.style(0).expand(len(self.real.characters))))
        uniforms = np.random.default_rng((self.seed, 23)).random((len(self.texts), model.config.gpt.max_steps, 4))
        draws = draw_words(model.gpt, self.texts, model.style(0).expand(len(self.texts)), uniforms, temperature=TEMPERATURE)
        said = [reading.said for reading in self.reader.read(self.texts, draws)]
        wrong = float(wrong_characters(self.texts, said).sum() / sum(map(len, self.texts)))
        found = _traits(list(_words(self.texts, draws)))
        apart = float(self.hands.distances(found)[0]) if self.hands and len(found) else 0.0
        return Look(step, wrong, self.real_wrong, apart, nats)


def _traits(words: Sequence[Word]) -> Floats:
    """Traits of some words, (n, d)."""
    with np.errstate(divide="ignore", invalid="ignore"):  # a pen that turns back on the spot has no angle
        return np.array([traits(word) for word in words])


def _words(texts: Sequence[str], draws: Sequence[Draw]) -> Iterator[Word]:
    """Draws as words to be judged."""
    for text, draw in zip(texts, draws, strict=True):
        strokes = strokes_of(draw)
        if strokes:
            left = min(float(points.real.min()) for points in strokes)
            yield Word(text, tuple(points - left for points in strokes))
