"""Skeletons drawn from our own joints, as the models expect that were trained on pictures of detected ones."""
