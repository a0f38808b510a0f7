"""Live sessions across processes: who has a session lets the others watch it and publish to it over the live bus."""
