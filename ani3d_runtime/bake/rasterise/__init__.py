"""Differentiable rasterisation on torch tensors: one interface, a CPU and a CUDA backend, and a reference for tests."""
