"""Whether rules of ownership reach whom an independent formulation says."""
