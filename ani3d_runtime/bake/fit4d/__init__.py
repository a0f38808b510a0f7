"""The residual layer fitted to videos: a field of control nodes, its differentiable pictures, losses, checkpoints."""
