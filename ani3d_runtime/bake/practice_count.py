"""How many motions a driver practises."""

DEFAULT_MOTIONS = 16
MOST_MOTIONS = 100
