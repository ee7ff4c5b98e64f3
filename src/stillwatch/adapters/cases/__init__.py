"""Cases on disk and on paper: folders, rosters, tables, and the four forms of a report."""
