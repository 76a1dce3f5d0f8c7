"""Moves to the wire: protocols without I/O, drivers, the one transport, and boards that are simulated.

plan_page   ink -> plan       open_device   port -> machine       plot_page   ink on a machine -> paper
write_gcode document -> file                                      compare_drawn   what "sim" drew, against the ink
"""

from plotwriter.devices.device import Device, Monitor, OnProgress, Progress, Teller
from plotwriter.devices.gcode import write_gcode
from plotwriter.devices.job import SimReport, compare_drawn, open_device, plot_page, simulated_board
from plotwriter.devices.page import plan_page
from plotwriter.devices.profile import MachineProfile, load_profile, profile_names
from plotwriter.devices.transport import Transport, open_port

__all__ = [
    "Device",
    "MachineProfile",
    "Monitor",
    "OnProgress",
    "Progress",
    "SimReport",
    "Teller",
    "Transport",
    "compare_drawn",
    "load_profile",
    "open_device",
    "open_port",
    "plan_page",
    "plot_page",
    "profile_names",
    "simulated_board",
    "write_gcode",
]
