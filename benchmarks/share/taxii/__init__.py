"""What a TAXII server costs, beside two others."""
