"""Re-implementations of published detectors, to compare stillwatch with. Not shipped."""
