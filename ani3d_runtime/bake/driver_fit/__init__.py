"""Fitting of the driver: what a package's clips say about how its control nodes move."""
