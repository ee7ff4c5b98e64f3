"""Private matching between two providers: the protocol's processes, what is kept, both ends."""
