"""How well rival hypotheses are told apart, and the table of likelihoods that tells them."""
