"""From study and rule set to the product system and its matrices A, B, C."""
