"""Light frames of live sessions."""
