"""Doors of the room ``share``: its folder, its log of disclosures, files that leave and arrive."""
