"""Restoration: a residual layer from a generative prior, in stages that are kept and never done twice."""
