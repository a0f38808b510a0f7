"""Where live poses come from, BVH files and VMC tools, and the feed that publishes them."""
