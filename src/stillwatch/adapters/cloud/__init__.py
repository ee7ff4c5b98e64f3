"""Doors of the room ``cloud``: logs of schedulers and monitors, packs of rules, sketches."""
