"""What gateways and this service say to one another.

Plug-ins that run inside a gateway are imported there, so nothing here but ``tokens`` and
``naming`` needs more than the standard library.
"""
