"""The wire: generated messages, frame layouts, method names and how errors cross it."""
