"""Trust: who calls, what they may do, how much of it, and what is written down about it. See docs/serving.md."""
