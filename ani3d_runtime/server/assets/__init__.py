"""AssetService: the catalogue of a folder or store, and the bytes of its packages."""
