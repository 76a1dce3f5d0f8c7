"""Moves to the wire: protocols without I/O, drivers, the one transport, and boards that are simulated."""
