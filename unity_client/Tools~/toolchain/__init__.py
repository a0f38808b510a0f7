"""What compiles and runs the client's C# on a machine without Unity."""
