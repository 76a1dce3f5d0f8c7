"""What the pen will draw, seen first: SVG with true curves, PNG as on paper, a web page that replays it."""

from plotwriter.preview.contact import ContactSheet
from plotwriter.preview.files import page_paths
from plotwriter.preview.inks import PALETTE, pen_look
from plotwriter.preview.png import to_png
from plotwriter.preview.replay import to_html
from plotwriter.preview.svg import to_svg

__all__ = ["PALETTE", "ContactSheet", "page_paths", "pen_look", "to_html", "to_png", "to_svg"]
