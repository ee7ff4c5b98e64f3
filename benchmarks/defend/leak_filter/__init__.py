"""What a leak filter sees of reasoning, and what it costs others."""
