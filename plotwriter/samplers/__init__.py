"""Samplers: loops that draw ink from nets."""

from plotwriter.samplers.protocol import Sampler

__all__ = ["Sampler"]
