"""Custody on a disk: the log, the vault, the keys, and the doors to witnesses and authorities."""
