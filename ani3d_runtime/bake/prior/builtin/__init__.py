"""The built-in prior: a small pixel-space video model of our own, and all that it was trained with."""
