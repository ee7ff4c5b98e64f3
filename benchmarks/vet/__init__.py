"""Questions about the review of AI tools."""
