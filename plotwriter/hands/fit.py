"""A hand from its words: seen at once by the hand reader, then learned.

    words -> hand reader -> general vector, letters' vectors          at once
             letters that the words lack <- the nearest hands
    words + ink of the hands that ship -> the whole net, those vectors too
    begun with <---------- best look on the way ----------> learned

Learning from 60 words alone would forget the letters that they lack, so every step also writes words that the net itself
has written in its own hands (no real ink is needed for that). What it learned to the end is the person's hand, slips and all, and
reads worse than they do; nets that began as one lie so close that every net between can write, and most of the way is the hand
without the slips. So looks along that way decide: what reader a misreads, and how far the traits are from the person's.
Source: Wortsman et al. 2022, arXiv:2109.01903 (WiSE-FT): weights between a net and what was fine-tuned from it.
"""

from __future__ import annotations

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
from plotwriter.hands.replay import WORDS, Replay
from plotwriter.nets.gpt import FIRST_CHARACTER, HandStyle
from plotwriter.nets.hands import HandModel, HandModelConfig
from plotwriter.samplers.draw import Draw, draw_words, one_thread
from plotwriter.samplers.readback import Reader
from plotwriter.samplers.words import strokes_of
from plotwriter.training.batches import WITHIN_HAND, Batch, PackedWords, collate, references
from plotwriter.training.datasets import WordSet

__all__ = ["FitOptions", "Fitted", "Look", "best_look", "fit", "seen"]

MOST_REFERENCES = 400  # words
FEW = 16  # words; with fewer none can be held out, and fewer steps have to do
HARDER = 0.08  # share of characters that single draws may be misread more often; the best of four is misread half as often
WAYS = (0.5, 0.7, 0.8, 0.9)  # of the way from the nets begun with to those learned; to the end of it the slips are learned too
TEMPERATURE = 0.5  # of the hands that ship

Floats = npt.NDArray[np.float64]
State = dict[str, Tensor]
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
    look_words: int = 48  #: drawn at every look
    held_out: float = 0.2  #: share of the words
    n_replay: int = 360  #: words drawn in the hands that ship
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Look:
    """How the hand stands somewhere on the way."""

    way: float  #: 0 as begun, 1 as learned
    wrong: float  #: share of characters that reader a misreads in single draws
    real_wrong: float  #: the same share in the person's own ink
    apart: float  #: of the traits from the person's, s.d. within a person's words
    nats: float  #: a step of the words held out


def best_look(looks: Sequence[Look]) -> Look:
    """The farthest on the way that is nearer to the person than the beginning, and not much harder to read.

    Not the person's own ink but the beginning is the measure: what cannot be read in a photo badly traced is not to be learned.
    The traits of some fifty words tell a hand from others, but not one step on the way from the next.

    Args:
        looks: the first of them as begun
    """
    first = looks[0]
    most = first.wrong + HARDER
    return max((look for look in looks if look is first or (look.wrong <= most and look.apart < first.apart)), key=lambda look: look.way)


@dataclass(frozen=True, slots=True, eq=False)
class Fitted:
    """A model that keeps one hand, and how it came about."""

    model: HandModel
    lacking: dict[str, int]  #: characters that the words do not have, and the row of the base's hands that each comes from
    looks: tuple[Look, ...]
    best: Look | None  #: where on the way the model stands
    steps: int  #: that were learned
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
    best, steps = None, 0
    if not options.quick:
        with one_thread():
            replay = Replay(base, options.n_replay, options.seed)
            judge = _Judge(words, packed, order[:n_held], replay, options)
            begun = _copy(model)
            at = time.monotonic()
            looks.append(judge.look(model, 0.0))
            looking = (len(WAYS) + 1) * (time.monotonic() - at)
            steps = _learn(model, packed, order[n_held:], bool(n_held), replay, options, began + 60 * options.minutes - looking, on_look)
            learned = _copy(model)
            for way in WAYS:
                _stand(model, begun, learned, way)
                looks.append(judge.look(model, way))
                if on_look:
                    on_look(1.0, looks[-1])
            best = best_look(looks)
            _stand(model, begun, learned, best.way)
    return Fitted(model.eval(), lacking, tuple(looks), best, steps, time.monotonic() - began, len(words.texts))


def _copy(model: HandModel) -> State:
    return {key: value.clone() for key, value in model.state_dict().items()}


def _stand(model: HandModel, begun: State, learned: State, way: float) -> None:
    """Put a model somewhere on the way."""
    model.load_state_dict({key: torch.lerp(value, learned[key], way) for key, value in begun.items()})


def _learn(
    model: HandModel,
    packed: PackedWords,
    train_on: npt.NDArray[np.int64],
    enough: bool,
    replay: Replay,
    options: FitOptions,
    until: float,
    on_look: OnLook | None,
) -> int:
    """Train in place.

    Args:
        model: with the hand as it is seen
        packed, train_on: words, and which of them
        enough: whether there are so many that all steps make sense
        replay: words in other hands
        options: how
        until: time.monotonic() that it may last to
        on_look: told of progress

    Returns:
        steps that were made, at least one
    """
    vectors = [model.general, model.letters]
    optimiser = torch.optim.AdamW(
        [{"params": list(model.gpt.parameters()), "lr": options.learning_rate}, {"params": vectors, "lr": options.vector_rate}],
        betas=(0.9, 0.98),
        weight_decay=0.0,
    )
    rates = [group["lr"] for group in optimiser.param_groups]
    steps = options.steps if enough else min(options.steps, 6 * len(train_on) + 20)
    generator = np.random.default_rng((options.seed, 22))
    known = (model.letters.detach().abs().sum(-1, keepdim=True) > 0).float()
    slowest = 0.0
    model.gpt.train()
    for step in range(1, steps + 1):
        at = time.monotonic()
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
        if on_look:
            on_look(share, None)
        slowest = max(slowest, time.monotonic() - at)
        if time.monotonic() + slowest > until:
            return step
    return steps


def _nats(model: HandModel, batch: Batch, style: HandStyle) -> Tensor:
    """Nats a step of writing a batch."""
    parts = model.gpt.log_likelihood(batch.characters, style, batch.tokens, batch.position, batch.letters, batch.real)
    return -torch.stack(list(parts.values())).sum() / batch.real.sum()


class _Judge:
    """Looks at a hand: writes words, reads them, compares their traits."""

    def __init__(self, words: WordSet, packed: PackedWords, held_out: npt.NDArray[np.int64], replay: Replay, options: FitOptions) -> None:
        """Know the person, beside the hands that ship: how much traits differ within a hand is seen in all of them."""
        own = [word for text, program in zip(words.texts, words.programs, strict=True) if (word := from_program(text, program))]
        self.hands = Hands({"own": _traits(own)} | {name: _traits(list(_words(*some))) for name, some in replay.by_hand().items()})
        rows = held_out if len(held_out) else np.arange(len(words.texts))
        texts = [words.texts[i] for i in rows][: options.look_words // 2]
        more = np.random.default_rng((options.seed, 24)).permutation([word for word in WORDS if word.islower()]).tolist()
        self.texts = [*texts, *more[: options.look_words - len(texts)]]
        self.real = collate(packed, rows)
        self.reader, self.seed = Reader(), options.seed
        every = collate(packed, np.arange(len(words.texts)))
        said = self.reader.net.read(every.tokens, every.position, every.real)
        self.real_wrong = float(wrong_characters(words.texts, said).sum() / sum(map(len, words.texts)))

    @torch.no_grad()
    def look(self, model: HandModel, way: float) -> Look:
        """One look; the same draws' uniforms every time."""
        model.eval()
        nats = float(_nats(model, self.real, model.style(0).expand(len(self.real.characters))))
        uniforms = np.random.default_rng((self.seed, 23)).random((len(self.texts), model.config.gpt.max_steps, 4))
        draws = draw_words(model.gpt, self.texts, model.style(0).expand(len(self.texts)), uniforms, temperature=TEMPERATURE)
        said = [reading.said for reading in self.reader.read(self.texts, draws)]
        wrong = float(wrong_characters(self.texts, said).sum() / sum(map(len, self.texts)))
        found = _traits(list(_words(self.texts, draws)))
        apart = float(self.hands.distances(found)[0]) if len(found) else math.inf
        return Look(way, wrong, self.real_wrong, apart, nats)


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
