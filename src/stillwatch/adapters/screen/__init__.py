"""Doors of the room ``screen``: list files, snapshots, customers, ownership graphs, reports."""
