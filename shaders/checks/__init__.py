"""What compiles the kernels and runs them on a Vulkan device: ``python shaders/check.py``."""
