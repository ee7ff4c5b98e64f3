"""What is taken out before sealing, and what is taken out that need not be."""
