"""Choosing levels of detail and how they look: an even choice, clusters and their moments, a fit to pictures."""
