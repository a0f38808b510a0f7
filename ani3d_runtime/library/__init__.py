"""Libraries: many characters with many motions, baked as a manifest says, on this machine or a cluster."""
