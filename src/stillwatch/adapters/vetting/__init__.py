"""Doors of the room ``vet``: plans, answers, exported numbers, states and reports on the disk."""
