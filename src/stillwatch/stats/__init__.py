"""The mathematics, without domain words: arrays and probabilities in, numbers out."""
