"""What an animator would look at, in numbers: a module a measure, each a command; docs/motion.md has the results."""
