"""The hands plotwriter can write in."""

from plotwriter.styles.store import Style, find_style, installed_styles, leaning, written_by

__all__ = ["Style", "find_style", "installed_styles", "leaning", "written_by"]
