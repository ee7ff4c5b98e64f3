"""The published formats of lists, one file a publisher; each gives listings or says why not."""
