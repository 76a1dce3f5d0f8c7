"""The shape of the writing: Ink to Ink, mm, y down; a stage never changes text, spans, pens or the number of strokes."""

from plotwriter.strokes.baseline import baseline
from plotwriter.strokes.corners import corners
from plotwriter.strokes.curves import fit_curves, fit_many, sample_curves
from plotwriter.strokes.dots import DOT, dots
from plotwriter.strokes.humanize import humanize
from plotwriter.strokes.size import size
from plotwriter.strokes.slant import measured_slant, slant
from plotwriter.strokes.smooth import smooth
from plotwriter.strokes.steady import MAX_VARIATION, steady
from plotwriter.strokes.stops import stops

__all__ = [
    "DOT",
    "MAX_VARIATION",
    "baseline",
    "corners",
    "dots",
    "fit_curves",
    "fit_many",
    "humanize",
    "measured_slant",
    "sample_curves",
    "size",
    "slant",
    "smooth",
    "steady",
    "stops",
]
