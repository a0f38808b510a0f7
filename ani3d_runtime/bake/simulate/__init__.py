"""Residual source ``simulated``: physics for cloth and hair, turned into a residual layer."""
