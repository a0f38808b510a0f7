"""What both faces of the client share: calls, credentials, messages, and what is known of a stream."""
