"""Live sessions of other processes: found, watched and published to over the live bus."""
