"""How many names are screened in a second of a processor."""
