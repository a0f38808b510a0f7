"""What sections are made of: integers, floats, cosines, quaternions."""
