"""What a run tells while it runs: TensorBoard where it is installed, Weights & Biases when asked, and the best weights kept.

Journal.scalars(step, loss=..., cer=...)   Journal.picture(step, png)   Journal.keep_best(weights, cer)
"""

from __future__ import annotations

import importlib
import io
import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from plotwriter.errors import ConfigError

__all__ = ["Journal"]

BEST = "best.safetensors"


class Journal:
    """Of the run in one folder; a resumed run goes on with it."""

    def __init__(self, folder: Path, *, wandb: str | None = None) -> None:
        """Open it.

        Args:
            folder: of the run; TensorBoard's files go to its subfolder "log"
            wandb: project of Weights & Biases to log to as well

        Raises:
            ConfigError: wandb is wanted and not installed
        """
        self.folder = folder
        self.board: Any = None
        self.wandb: Any = None
        self._client: Any = None
        try:
            from torch.utils.tensorboard import SummaryWriter

            self.board = SummaryWriter(str(folder / "log"))
        except ImportError:
            pass  # the extra 'train' brings it; a run without it learns the same
        if wandb:
            try:
                self._client = importlib.import_module("wandb")
            except ImportError:
                raise ConfigError("--wandb: the package is not installed; pip install wandb, or leave the option away") from None
            self.wandb = self._client.init(project=wandb, dir=str(folder), resume="allow", id=folder.name)

    def scalars(self, step: int, **values: float | None) -> None:
        """Figures of one step; None is left out."""
        known = {name: value for name, value in values.items() if value is not None}
        if self.board:
            for name, value in known.items():
                self.board.add_scalar(name, value, step)
            self.board.flush()
        if self.wandb:
            self.wandb.log(known, step=step)

    def picture(self, step: int, png: bytes) -> None:
        """A sample."""
        image = Image.open(io.BytesIO(png))
        if self.board:
            self.board.add_image("sample", np.asarray(image), step, dataformats="HW")
        if self.wandb:
            self.wandb.log({"sample": self._client.Image(image)}, step=step)

    def keep_best(self, weights: Path, error_rate: float, step: int) -> bool:
        """Copy weights to `BEST` if no checkpoint of the run was read better; whether they were."""
        record = self.folder / "best.json"
        try:
            least = float(json.loads(record.read_text())["error_rate"])
        except (OSError, ValueError, KeyError):
            least = np.inf
        if error_rate >= least:
            return False
        shutil.copyfile(weights, self.folder / BEST)
        record.write_text(json.dumps({"error_rate": error_rate, "step": step}))
        return True

    def close(self) -> None:
        """Write out what is left."""
        if self.board:
            self.board.close()
        if self.wandb:
            self.wandb.finish()
