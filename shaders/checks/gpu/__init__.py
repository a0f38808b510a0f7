"""A small Vulkan: buffers, kernels, drawing into a picture, and numpy on both ends."""
