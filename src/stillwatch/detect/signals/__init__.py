"""One file a signal. The list that is used is in ``stillwatch.detect.families``."""
