"""Bytes, errors and times of our codec and of its peers, on the same sequence."""
