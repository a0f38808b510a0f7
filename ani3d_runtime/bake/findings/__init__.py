"""What is understood of an input before anything is baked: facts, doubts, and a picture to look at."""
