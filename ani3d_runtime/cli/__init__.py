"""The ``ani3d`` command."""
