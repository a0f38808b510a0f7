"""Files of other tools that hold Gaussians: one description of each, which its reader and its writer share."""
