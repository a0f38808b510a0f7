"""Writers of the formats that other tools read."""
