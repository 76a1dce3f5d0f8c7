"""What is trained: the net that writes, the net that sees hands, and a table of the writers it learns from.

    writer -> row of the table ─┐
    reference words -> hand ────┴─ one or the other, and the hand's letters -> HandStyle -> arc GPT -> nats

The table is for hands that ship, the reader for hands never seen. Both lead into the same net, so
that what either gives it can be written in. `judge` names the writer from what the hand reader saw: only a vector
that tells people apart can say how one of them writes.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from plotwriter.nets.gpt import NULL, PAD, ArcGPT, GPTConfig, HandStyle
from plotwriter.nets.hands import HandReader
from plotwriter.training.batches import Batch

__all__ = ["Apprentice"]

SEEN = 0.3  # share of the rows with references whose hand is the reader's, though the table knows it too
LETTERS = 0.8  # share of the rows with references that are told the letters


class Apprentice(nn.Module):
    """See the module's docstring."""

    def __init__(self, config: GPTConfig, n_writer: int) -> None:
        super().__init__()
        self.gpt = ArcGPT(config)
        self.reader = HandReader(config)
        self.writers = nn.Embedding(n_writer, config.n_channel)
        self.judge = nn.Linear(config.n_channel, n_writer)
        nn.init.normal_(self.writers.weight, std=0.05)

    def loss(self, batch: Batch, generator: torch.Generator, drop_text: float) -> tuple[Tensor, Tensor]:
        """Nats a step of writing the batch, and nats of telling the hands of its references apart.

        Args:
            batch: of b words
            generator: on the CPU; says which texts are withheld and where a hand comes from
            drop_text: share of the texts that are withheld
        """
        n, device = len(batch.characters), batch.characters.device
        withheld, seen, told = (torch.rand(n, generator=generator).to(device) < share for share in (drop_text, SEEN, LETTERS))
        blank = torch.full_like(batch.characters, PAD)
        blank[:, 0] = NULL
        characters = torch.where(withheld[:, None], blank, batch.characters)
        letters = batch.letters * ~withheld[:, None]
        general = self.writers(batch.writers)
        known, apart = general.new_zeros(n, self.reader.n_symbol, general.shape[1]), general.new_zeros(())
        if batch.references is not None and batch.hand is not None and batch.made_up is not None:
            hands = self.reader(batch.references)
            shown, row = batch.hand >= 0, batch.hand.clamp(min=0)
            general = torch.where((shown & (seen | batch.made_up))[:, None], hands.general[row], general)
            known = hands.letters[row] * (shown & told)[:, None, None]
            true = torch.full((batch.references.n_hand + 1,), -100, device=device)  # one more for rows that say nothing
            real_hand = torch.where(shown & ~batch.made_up, batch.hand, batch.references.n_hand)
            true = true.scatter(0, real_hand, batch.writers)[:-1]
            cost = F.cross_entropy(self.judge(hands.general), true, reduction="sum")
            apart = cost / (true >= 0).sum().clamp(min=1)
        parts = self.gpt.log_likelihood(characters, HandStyle(general, known), batch.tokens, batch.position, letters, batch.real)
        total = torch.stack(list(parts.values())).sum()
        return -total / batch.real.sum(), apart
