"""What both faces of the client share, without waiting for anything: calls, credentials, messages, state of streams."""
