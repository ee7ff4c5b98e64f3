"""Doors of the room ``defend``: keys on disk, counts in Redis, requests of providers' shapes."""
