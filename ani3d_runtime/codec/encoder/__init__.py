"""How our encoder chooses what it writes. No decoder needs it, and no other language ports it."""
