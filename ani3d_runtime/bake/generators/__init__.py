"""Generators: models of others, as plugins, that make an avatar from pictures, or a residual layer from a motion."""
