"""How well names are told from one another, and by whom."""
