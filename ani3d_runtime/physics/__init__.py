"""Cloth and strands: position-based dynamics on arrays. Knows nothing of avatars."""
