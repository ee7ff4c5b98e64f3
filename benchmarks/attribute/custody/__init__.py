"""What sealing and checking cost."""
