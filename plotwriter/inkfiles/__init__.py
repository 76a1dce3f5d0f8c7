"""Files of people's ink in the forms that the field keeps it in, as one list of samples."""

from plotwriter.inkfiles.read import SUFFIXES, read_ink
from plotwriter.inkfiles.sample import Guide, InkSample, to_lines

__all__ = ["SUFFIXES", "Guide", "InkSample", "read_ink", "to_lines"]
