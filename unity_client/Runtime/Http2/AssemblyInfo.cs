using UnityEngine.Scripting;

// Nothing refers to this assembly. Players that strip code would leave it out, and servers would not be spoken with.
[assembly: AlwaysLinkAssembly]
