"""A server of a toy model that keeps its reasoning: every defence of the room, put together."""
