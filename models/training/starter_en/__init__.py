"""Training of the starter recogniser for English, from nothing. `scripts/train starter-en` runs it."""
