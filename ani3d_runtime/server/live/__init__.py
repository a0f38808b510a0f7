"""LiveService: sessions that one publisher moves and any number of subscribers watch."""
