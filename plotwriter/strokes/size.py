"""Larger or smaller writing."""

from __future__ import annotations

from plotwriter.ink import Ink

__all__ = ["size"]


def size(ink: Ink, x_height_from: float, x_height_to: float) -> Ink:
    """Ink scaled about the origin of its baseline, from one x-height to another.

    Args:
        ink: line frame, mm
        x_height_from: its x-height now, mm, above 0
        x_height_to: the x-height wanted, mm, above 0
    """
    if not (x_height_from > 0 and x_height_to > 0):
        raise ValueError(f"an x-height is above 0 mm, got {x_height_from} and {x_height_to}")
    factor = x_height_to / x_height_from
    return ink.map(lambda points: points * factor)
