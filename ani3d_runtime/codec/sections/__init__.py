"""The sections of a package, one file each: layout, limits, decoder. Every language that reads packages ports these."""
