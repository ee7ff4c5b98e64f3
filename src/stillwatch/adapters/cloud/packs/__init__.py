"""Dated data that ships with the program: rules, accelerators, maps of columns, scores."""
