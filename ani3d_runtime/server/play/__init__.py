"""Clips played to clients."""
