"""PlaybackService: clips played to clients, each by a clock of its own."""
