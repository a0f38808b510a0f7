"""Practice: motions that are made up, so that there is more to learn from than a package's few clips."""
