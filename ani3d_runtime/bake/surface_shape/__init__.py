"""Shapes that follow the surface: rotation and scale of Gaussians where joints alone would tear it open."""
