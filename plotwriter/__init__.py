"""plotwriter: text to handwriting to pen."""

__version__ = "0.1.0"

__all__ = ["__version__"]
