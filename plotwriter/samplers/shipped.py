"""Where the weights lie that come with the package, and which of them write in a style."""

from __future__ import annotations

from pathlib import Path

from plotwriter.styles import Style

__all__ = ["CURSIVE_WEIGHTS", "LSTM_WEIGHTS", "READER_A", "weights_of"]

_FOLDER = Path(__file__).parent / "weights"
READER_A = _FOLDER / "reader_a.safetensors"  #: ranks; trained on other writers than reader b, which judges
LSTM_WEIGHTS = _FOLDER / "lstm.safetensors"
CURSIVE_WEIGHTS = _FOLDER / "cursive.safetensors"


def weights_of(style: Style) -> list[Path]:
    """Every file that has a part in the ink of a style: the hand, the sampler that writes in it, the reader that chooses."""
    lent = {"lstm": LSTM_WEIGHTS, "cursive": CURSIVE_WEIGHTS, "cursive-paragraph": CURSIVE_WEIGHTS}.get(style.sampler)
    return [style.weights, *([lent] if lent and style.own_sampler == "gpt" else []), READER_A]
