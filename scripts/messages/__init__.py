"""C# classes for the messages of proto/."""
