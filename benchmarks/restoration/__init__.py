"""Restoration judged against truth: simulated cloth is hidden, restored from pictures, and compared."""
