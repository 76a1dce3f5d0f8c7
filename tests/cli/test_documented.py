"""What the documents tell people to type can be typed: commands and options exist under these names."""

import re
import shlex
from pathlib import Path

import click
import pytest

from plotwriter.cli import cli

ROOT = Path(__file__).parents[2]
DOCUMENTS = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")] + sorted(ROOT.glob("examples/**/README.md"))


def typed(document: Path) -> list[str]:
    """Commands in a document's blocks of code, and between its backticks where an option is given."""
    text = document.read_text(encoding="utf-8")
    blocks = "".join(re.findall(r"^```sh\n(.*?)^```", text, re.M | re.S)).replace("\\\n", " ")
    inline = re.findall(r"`(plotwriter [^`\n]*?-[^`\n]*)`", re.sub(r"^```.*?^```", "", text, flags=re.M | re.S))
    return [line for line in blocks.splitlines() if line.startswith("plotwriter ")] + inline


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_what_is_told_can_be_typed(document):
    for line in typed(document):
        words = shlex.split(line.replace("...", "x"), comments=True)[1:]
        command: click.Command = cli
        context = click.Context(cli, info_name="plotwriter")
        while isinstance(command, click.Group) and words and not words[0].startswith("-"):
            found = command.get_command(context, words[0])
            if found is None and command.invoke_without_command:
                break
            assert found is not None, f"{document.name}: {line}"
            command, words = found, words[1:]
            context = click.Context(command, parent=context)
        try:
            command.make_parser(context).parse_args(list(words))
        except click.BadOptionUsage:  # named without its value, in running text
            pass
        except click.UsageError as error:
            pytest.fail(f"{document.name}: {line}: {error.format_message()}")


def test_the_readme_tells_of_commands():
    assert len(typed(ROOT / "README.md")) > 40
