"""Skeletons, body models and motions."""
