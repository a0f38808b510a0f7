"""Synthetic avatars and Hypothesis strategies for tests, ours and those of projects that build on ani3d."""
