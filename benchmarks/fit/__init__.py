"""The fit of the residual layer: what a step costs, and what else could stand in for control nodes."""
