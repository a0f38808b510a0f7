"""Footage: videos that a user brings, restored as they are."""
