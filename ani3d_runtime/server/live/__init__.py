"""Live sessions: publishers, subscribers, and how processes share them."""
