"""Text on its way to the pen: normalised, folded to a hand's alphabet, cut into words.

file or stdin --read_source--> str --normalise, fold--> Folded.text --paragraphs--> Paragraph > Line > Prompt
"""

from plotwriter.text.fold import Folded, OnMissing, Substitution, describe, fold, name_character
from plotwriter.text.hyphens import check_language, hyphen_points
from plotwriter.text.markdown import from_markdown
from plotwriter.text.normalise import locate, normalise
from plotwriter.text.paragraphs import Line, Paragraph, Prompt, Shape, paragraphs, prompts
from plotwriter.text.respell import Respell, parse_respell
from plotwriter.text.source import read_source

__all__ = [
    "Folded",
    "Line",
    "OnMissing",
    "Paragraph",
    "Prompt",
    "Respell",
    "Shape",
    "Substitution",
    "check_language",
    "describe",
    "fold",
    "from_markdown",
    "hyphen_points",
    "locate",
    "name_character",
    "normalise",
    "paragraphs",
    "parse_respell",
    "prompts",
    "read_source",
]
