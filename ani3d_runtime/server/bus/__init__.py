"""The live bus: how the processes that serve one set of live sessions speak with each other. See docs/DEPLOY.md."""
