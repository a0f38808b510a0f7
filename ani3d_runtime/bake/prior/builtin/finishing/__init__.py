"""From the small pictures of the built-in prior to sharp ones at full size."""
