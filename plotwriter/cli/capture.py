"""`plotwriter styles capture`: the page on which a person shows their hand."""

from __future__ import annotations

from pathlib import Path

import click

from plotwriter.cli.console import out, say

__all__ = ["capture", "capture_file"]

MOST_PROMPTS, LONGEST_PROMPT = 1000, 60
ENOUGH = 20  # words, with which a fit begins to make sense


def capture_file(name: str) -> Path:
    """Where the words of a hand are kept unless told otherwise."""
    from plotwriter.config import home

    return home() / "captures" / f"{name}.json"


@click.command()
@click.argument("name")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), help="File to save to; it is gone on with.  [captures/NAME.json in your folder]"
)
@click.option("--prompts", "prompts_file", type=click.Path(path_type=Path), help="Text file of your own prompts, a line each.  [ours]")
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="Of the loopback.  [any free one]")
@click.option("--no-browser", is_flag=True, help="Print the address only.")
@click.option("--save-page", type=click.Path(path_type=Path), help="Write the page to a file that works by itself, and end.")
def capture(name: str, output: Path | None, prompts_file: Path | None, port: int, no_browser: bool, save_page: Path | None) -> None:
    """Write some words on a local page, to make a style NAME of them.

    The page is on this machine alone, at an address that nobody can guess; every word is saved at once. Ctrl-C ends it, and it goes
    on where you stopped. With --save-page it is one HTML file, for a tablet: it keeps the words in that browser and exports JSON.
    """
    from plotwriter.exchange import write_atomically
    from plotwriter.hands.names import check_name
    from plotwriter.studio.capture import Capture, CaptureServer, page
    from plotwriter.studio.prompts import PROMPTS

    check_name(name)
    prompts = _prompts(prompts_file) if prompts_file else PROMPTS
    if save_page:
        write_atomically(save_page, page(name, server=False, prompts=prompts).encode())
        say(f"wrote {save_page}: open it in a browser, write, export; then: plotwriter styles fit {name} --from {name}.json")
        return
    path = output or capture_file(name)
    if output is None:
        path.parent.mkdir(parents=True, exist_ok=True)
    state = Capture.resume(name, path, prompts)
    server = CaptureServer(state, port)
    out.print(server.url, markup=False)
    say(f"{len(state.words)} words are saved in {path}; Ctrl-C ends")
    if not no_browser:
        import webbrowser

        webbrowser.open(server.url)
    try:
        server.serve()
    except KeyboardInterrupt:
        n = len(state.words)
        more = "" if n >= ENOUGH else f" ({ENOUGH} or more make a hand)"
        say(f"\n{n} words{more}; now: plotwriter styles fit {name}" + (f" --from {path}" if output else ""))
    finally:
        server.http.server_close()


def _prompts(path: Path) -> tuple[str, ...]:
    """The lines of a file that say something."""
    from plotwriter.config import read_text
    from plotwriter.errors import FileError

    lines = tuple(" ".join(line.split()) for line in read_text(path).splitlines() if line.strip())
    if not 0 < len(lines) <= MOST_PROMPTS or max(map(len, lines)) > LONGEST_PROMPT:
        raise FileError(f"{path}: {len(lines)} prompts; 1 to {MOST_PROMPTS} lines of at most {LONGEST_PROMPT} characters are allowed")
    return lines
