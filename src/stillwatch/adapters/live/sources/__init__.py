"""Sources: where exchanges come from while they happen, one file a kind."""
