"""Foreign words and our nouns, one module per tongue; pure."""
