// UnityEditor.TestRunner: the tests use NUnit alone; an assembly of this name is wanted.
