<<<<<<< HEAD
"""Benchmarks of the room ``vet``."""
=======
"""Questions about the review of AI tools."""
>>>>>>> behaviour
