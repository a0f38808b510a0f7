"""Generative priors that restore a coarse video: their interface, their registry, and those that we bring."""
