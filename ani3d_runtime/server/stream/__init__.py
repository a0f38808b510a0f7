"""What every stream of frames to a client shares."""
