"""What Play, Subscribe and Retarget share: a client's stream with its credits, and the registry of all streams."""
