"""What the case's figures rest on, measured on made worlds."""
