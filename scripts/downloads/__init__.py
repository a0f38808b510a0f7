"""Pinned files of PyPI, npm and Debian, by their ordinary clients: mirrors that are set up there hold here as well."""
