"""From a bare cloud to an avatar: fit, skin weights and part labels."""
