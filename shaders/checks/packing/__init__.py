"""Packages as the kernels take them: the buffers of shaders/README.md, in numpy, apart from clients' packers."""
