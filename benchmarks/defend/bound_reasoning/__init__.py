"""Who can present sealed reasoning, and what it costs."""
