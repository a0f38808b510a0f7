"""Splat rasteriser on the CPU, forward and backward, and the pictures made with it."""
