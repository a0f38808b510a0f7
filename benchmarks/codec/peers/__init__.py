"""One file per peer; ``roster.py`` lists them."""
