"""The report of a library: one page that needs nothing but a browser."""
