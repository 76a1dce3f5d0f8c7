"""Names for the files of a preview that has several pages."""

from __future__ import annotations

from pathlib import Path

__all__ = ["page_paths"]


def page_paths(path: Path | str, n_pages: int) -> list[Path]:
    """One path per page: the given one, then with -2, -3 ... before the suffix.

    >>> [str(p) for p in page_paths("letter.svg", 2)]
    ['letter.svg', 'letter-2.svg']
    """
    path = Path(path)
    return [path if i == 1 else path.with_name(f"{path.stem}-{i}{path.suffix}") for i in range(1, n_pages + 1)]
