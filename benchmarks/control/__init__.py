"""What the benchmarks of the room ``control`` share."""
