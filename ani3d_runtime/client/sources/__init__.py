"""Where live poses come from: BVH files, VMC tools, and what publishes them."""
