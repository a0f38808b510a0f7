"""The client for blocking programs."""
