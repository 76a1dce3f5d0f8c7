"""What people type out of habit, from axicli, saxi and axi, where it has another name here or no use.

Names that fit are taken as they are (`machine_options`); for the others the error says what to type instead.
"""

from __future__ import annotations

__all__ = ["COMMAND_HINTS", "hint"]

_WHOLE = "a finished drawing is plotted as it is; lay it out before, such as with vpype's layout, or write --paper"
_ORDER = "strokes are drawn in the order of the file; choose it when it is written: write --order fast"
_HEIGHTS = "is --pen-down or --pen-up here, percent, 100 is the highest"

#: option -> what it is here
OPTION_HINTS: dict[str, str] = {
    "-m": "axicli's modes are commands here: plot, pen toggle, pen cycle, motors off (align), doctor (sysinfo), resume, home",
    "-s": "is --speed here, mm/s; --speed_pendown takes axicli's percent",
    "-S": "is --speed_penup here",
    "-a": "is --accel here",
    "-d": f"of axicli {_HEIGHTS}; of saxi it is --port",
    "-u": _HEIGHTS,
    "-r": "is --pen_rate_raise here",
    "-R": "is --pen_rate_lower here",
    "-z": "is --pen_delay_up here, ms",
    "-Z": "is --pen_delay_down here, ms",
    "-L": "is --model here; or --machine NAME, see 'plotwriter machines'",
    "-p": "is --port here",
    "-P": "plotwriter drives one machine at a time, the one at --port; run it once a machine",
    "-v": "is --dry-run here; 'plotwriter preview' draws a picture",
    "-T": "is what --dry-run and 'plotwriter estimate' say",
    "-g": "'plotwriter preview' draws a picture",
    "-G": _ORDER,
    "-N": "a sheet is turned only if it fits the machine so; give the drawing a sheet of the machine's own orientation",
    "-c": "run it once a copy, or use 'plotwriter merge' for many sheets",
    "-l": "a drawing is plotted whole; take a layer out before, such as with vpype's ldelete",
    "-w": "is 'plotwriter jog DX DY' here",
    "--output_file": "is not needed to resume: every job keeps a journal, see 'plotwriter resume --list'",
    "-b": "progress is shown wherever somebody watches",
    "-f": "settings are a machine profile here: --machine FILE.toml, see 'plotwriter machines show axidraw'",
    "-C": "is not there: the speed in bends is bounded by the profile's accel",
    "-U": "is not there; let the shell do it: plotwriter plot ... && curl ...",
    "--paper-size": _WHOLE,
    "--sort-paths": _ORDER,
    "--path-join-radius": "strokes are never joined: what is near is not always one line",
    "--minimum-path-length": "no stroke is left out: the shortest are i-dots and full stops",
    "--pen-lift-duration": "is --pen_delay_up here, ms besides what the profile gives the servo",
    "--pen-drop-duration": "is --pen_delay_down here, ms besides what the profile gives the servo",
    "--pen": "is 'plotwriter pen up' or 'pen down' here",
}  # fmt: skip
_LONG = {
    "-m": ("--mode",), "-p": (), "-P": ("--port_config",), "-v": ("--preview",), "-T": ("--report_time",), "-g": ("--rendering",),
    "-G": ("--reordering", "--random_start", "-Y"), "-N": ("--no_rotate",), "-c": ("--copies", "--page_delay", "-D"), "-l": ("--layer",),
    "-w": ("--walk_dist", "--dist", "-M", "--manual_cmd"), "-b": ("--progress",), "-f": ("--config",),
    "-C": ("--const_speed", "--cornering"), "-U": ("--webhook", "--webhook_url", "-W"), "-d": ("--device",),
    "--paper-size": ("--landscape", "--portrait", "--margin", "--fit-page", "--crop-to-margins", "--rotate-drawing"),
    "--sort-paths": ("--no-sort-paths",),
}  # fmt: skip
OPTION_HINTS |= {other: OPTION_HINTS[name] for name, others in _LONG.items() for other in others}

#: command -> the command here
COMMAND_HINTS: dict[str, str] = {
    "up": "pen up", "down": "pen down", "toggle": "pen toggle", "cycle": "pen cycle", "align": "motors off", "off": "motors off",
    "goto": "move X Y", "walk": "jog DX DY", "zero": "home --here", "walk_home": "home", "res_home": "home", "res_plot": "resume",
    "sysinfo": "doctor", "calibrate": "setup", "simulate": "machines serve", "list": "resume --list",
}  # fmt: skip


def hint(option: str) -> str:
    """What an unknown option is here; empty if it is nobody's habit."""
    return OPTION_HINTS.get(option.partition("=")[0], "")
