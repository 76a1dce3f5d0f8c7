"""What a run tells while it runs: TensorBoard where it is installed, Weights & Biases when asked, and the best weights kept.

Journal.scalars(step, loss=..., cer=...)   Journal.picture(step, png)   Journal.keep_best(weights, cer)
"""

from __future__ import annotations

import hashlib
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

    def __init__(self, folder: Path, *, wandb: str | None = None, options: dict[str, Any] | None = None, main: bool = True) -> None:
        """Open it.

        Args:
            folder: of the run; TensorBoard's files go to its subfolder "log"
            wandb: project of Weights & Biases to log to as well
            options: of the run, for Weights & Biases
            main: False: another process of the run keeps it

        Raises:
            ConfigError: wandb is wanted and not installed, or will not start
        """
        self.folder = folder
        self.board: Any = None
        self.wandb: Any = None
        if wandb:
            self.wandb = _tracker(folder, wandb, options or {}, main)
        if main:
            try:
                from torch.utils.tensorboard import SummaryWriter

                self.board = SummaryWriter(str(folder / "log"))
            except ImportError:
                pass  # the extra 'train' brings it; a run without it learns the same

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
            self.wandb.log_images({"sample": [image]}, step=step)

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


def _tracker(folder: Path, project: str, options: dict[str, Any], main: bool) -> Any:
    """Accelerate's for Weights & Biases, None in any but the main process; a resumed run goes on with its own."""
    try:
        client = importlib.import_module("wandb")
        from accelerate.tracking import WandBTracker
    except ImportError:
        raise ConfigError("--wandb: the package is not installed; pip install wandb, or leave the option away") from None
    if not main:
        return None
    folder.mkdir(parents=True, exist_ok=True)
    identity = hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:12]
    try:
        tracker = WandBTracker(project, dir=str(folder), id=identity, name=folder.name, resume="allow")
        tracker.start()
        tracker.store_init_configuration({name: value for name, value in options.items() if value is not None})
    except (client.errors.Error, OSError) as error:
        said = " ".join(str(error).split())[:200]
        raise ConfigError(f"--wandb {project}: {said}; run 'wandb login', or set WANDB_MODE=offline and 'wandb sync' it later") from None
    return tracker
