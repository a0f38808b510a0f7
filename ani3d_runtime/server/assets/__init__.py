"""The catalogue, and the bytes of its packages."""
