"""Programs that run inside a scanner's own environment and print what its library says as JSON."""
