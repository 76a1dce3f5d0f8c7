"""What an EBB says of a command it does not take, and how many numbers each command takes."""

from __future__ import annotations

__all__ = ["ARGUMENTS", "EXTRA", "INVALID", "MISSING", "Refused", "unknown"]

MISSING, EXTRA, INVALID = "!4 Err: Missing parameter(s)", "!7 Err: Extra parameter", "!6 Err: Invalid parameter value"

#: least and most numbers of a command; the others take none
ARGUMENTS = {
    "SM": (2, 4), "XM": (3, 4), "LM": (6, 7), "LT": (5, 6), "SP": (1, 3), "S2": (2, 4), "TP": (0, 1), "SC": (2, 2), "EM": (2, 2),
    "SL": (1, 1), "CU": (2, 2), "QU": (1, 1), "SR": (1, 2),
}  # fmt: skip


class Refused(Exception):
    """An error reply."""


def unknown(command: str) -> Refused:
    """What is said of a command that the firmware does not have."""
    return Refused(f"!8 Err: Unknown command '{command[:8]}:{command[:8].encode('latin-1').hex().upper()}'")
