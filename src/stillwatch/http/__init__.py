"""Doors that others call over HTTP: decisions for gateways, the desk of people, appeals.

Raw ASGI: a decision costs some tens of microseconds, and a web framework costs more than
that. ``asgi`` reads requests and writes replies, ``guarded`` closes on whoever sends too much
or too slowly, ``entry`` says who may call what, ``routes`` is the list of addresses;
``control``, ``desk`` and ``appeals`` answer; ``serving`` starts the replicas.
"""
