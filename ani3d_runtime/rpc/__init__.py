"""The wire: generated messages, the table of methods, frame layouts, and how errors cross it."""
