"""Engines: where the reading and the counting of a search are done.

``local`` is this process. ``ray://HOST:PORT`` is a Ray cluster: its machines read parts
of the logs, sketch them, and count shingles and spans by share; this process puts the
parts together in their order and replays the window. The kernels are the same, and so is
the result, to the last byte. No text leaves the machine that read it.
"""

from stillwatch.adapters.engines.address import LOCAL, Address, parse_engine

__all__ = ["LOCAL", "Address", "parse_engine"]
