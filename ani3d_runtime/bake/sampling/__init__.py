"""Where the prior looks and how it is sampled: trajectories, σ schedules, masks, self-guided stochastic sampling."""
