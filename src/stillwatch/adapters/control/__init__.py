"""The doors of the room ``control``: policies, the log of decisions, snapshots, Redis, history."""
