"""Reports: self-contained HTML pages about what was made."""
