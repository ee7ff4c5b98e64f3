"""The only doors to the world: whatever opens a file, a socket or a clock lives here."""
