"""Everything plotwriter can complain about, as one tree.

    PlotwriterError
    ├── ConfigError       an option, a profile, a style or a plugin that cannot be used
    ├── FileError         a file that is missing, unreadable, or not what its name says
    ├── TextError         text that cannot be written
    ├── SampleError       a sampler that gave no usable ink
    ├── LayoutError       ink that does not fit the page or the machine
    ├── ClusterError      a cluster that is not there, or lost a worker
    └── DeviceError       a machine that cannot go on
        ├── PortError         no port, a busy port, a lost port
        ├── ProtocolError     a reply that makes no sense, or none in time
        └── AlarmError        the machine itself refuses: limits, alarms, errors

A message is one line: where, what we got, what is allowed, what to do next.
"""

__all__ = [
    "AlarmError",
    "ClusterError",
    "ConfigError",
    "DeviceError",
    "FileError",
    "LayoutError",
    "PlotwriterError",
    "PortError",
    "ProtocolError",
    "SampleError",
    "TextError",
]


class PlotwriterError(Exception):
    """Base of every error a user may see; its message is one line."""


class ConfigError(PlotwriterError):
    """An option, a profile, a style or a plugin that cannot be used."""


class FileError(PlotwriterError):
    """A file that is missing, unreadable, or not what its name says."""


class TextError(PlotwriterError):
    """Text that cannot be written."""


class SampleError(PlotwriterError):
    """A sampler that gave no usable ink."""


class LayoutError(PlotwriterError):
    """Ink that does not fit the page or the machine."""


class ClusterError(PlotwriterError):
    """A cluster that is not there, or lost a worker."""


class DeviceError(PlotwriterError):
    """A machine that cannot go on."""


class PortError(DeviceError):
    """No port, a busy port, or a port lost in mid-job."""


class ProtocolError(DeviceError):
    """A reply that makes no sense, or none in time."""


class AlarmError(DeviceError):
    """The machine itself refuses: a limit, an alarm, an error reply."""
