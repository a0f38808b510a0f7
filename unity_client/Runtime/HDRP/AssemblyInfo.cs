using UnityEngine.Scripting;

// Nothing refers to this assembly. Players that strip code would leave it out, and HDRP would draw no avatars.
[assembly: AlwaysLinkAssembly]
