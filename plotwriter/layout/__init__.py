"""Ink to pages: paper, line breaking, the page's edge, drawing order, and the way to vpype and from SVG."""

from plotwriter.layout.fit import fit_pages
from plotwriter.layout.hyphenate import wanted_breaks
from plotwriter.layout.inside import inside
from plotwriter.layout.order import ORDERS, Order, order, travel
from plotwriter.layout.paper import PAPERS, paper
from plotwriter.layout.registration import Registration, read_registration, register, registered
from plotwriter.layout.rows import Split, heading_size
from plotwriter.layout.ruling import RULINGS, Ruling, ruling
from plotwriter.layout.setup import ALIGNMENTS, Align, PageSetup
from plotwriter.layout.simplify import simplify
from plotwriter.layout.spacing import kerns
from plotwriter.layout.svg_file import not_plotted, read_svg
from plotwriter.layout.swap import fitted, place_of, swap
from plotwriter.layout.typeset import typeset

__all__ = [
    "ALIGNMENTS",
    "ORDERS",
    "PAPERS",
    "RULINGS",
    "Align",
    "Order",
    "PageSetup",
    "Registration",
    "Ruling",
    "Split",
    "fit_pages",
    "fitted",
    "heading_size",
    "inside",
    "kerns",
    "not_plotted",
    "order",
    "paper",
    "place_of",
    "read_registration",
    "read_svg",
    "register",
    "registered",
    "ruling",
    "simplify",
    "swap",
    "travel",
    "typeset",
    "wanted_breaks",
]
