using UnityEngine;

namespace Ani3d
{
    /// <summary>Names of uniforms and buffers of shaders/README.md. Numbers hold for one run alone.</summary>
    internal static class ShaderIds
    {
        public static readonly int Group = Shader.PropertyToID("_Group");
        public static readonly int Cosines = Shader.PropertyToID("_Cosines");
        public static readonly int Detail = Shader.PropertyToID("_Detail");
        public static readonly int FirstCosine = Shader.PropertyToID("_FirstCosine");
        public static readonly int DetailStart = Shader.PropertyToID("_DetailStart");
        public static readonly int Parents = Shader.PropertyToID("_Parents");
        public static readonly int FirstParents = Shader.PropertyToID("_FirstParents");
        public static readonly int StageTracks = Shader.PropertyToID("_StageTracks");
        public static readonly int Tracks = Shader.PropertyToID("_Tracks");
        public static readonly int Channels = Shader.PropertyToID("_Channels");
        public static readonly int Joints = Shader.PropertyToID("_Joints");
        public static readonly int Nodes = Shader.PropertyToID("_Nodes");
        public static readonly int Correctives = Shader.PropertyToID("_Correctives");
        public static readonly int Sources = Shader.PropertyToID("_Sources");
        public static readonly int FrameShares = Shader.PropertyToID("_FrameShares");
        public static readonly int SourceShares = Shader.PropertyToID("_SourceShares");
        public static readonly int Shapes = Shader.PropertyToID("_Shapes");
        public static readonly int ShapeGaussians = Shader.PropertyToID("_ShapeGaussians");
        public static readonly int ShapeWeights = Shader.PropertyToID("_ShapeWeights");
        public static readonly int SplatRows = Shader.PropertyToID("_Splats");
        public static readonly int Looks = Shader.PropertyToID("_Looks");
        public static readonly int NextLooks = Shader.PropertyToID("_NextLooks");
        public static readonly int LookCount = Shader.PropertyToID("_LookCount");
        public static readonly int NextLookCount = Shader.PropertyToID("_NextLookCount");
        public static readonly int LevelShare = Shader.PropertyToID("_LevelShare");
        public static readonly int Posed = Shader.PropertyToID("_Posed");
        public static readonly int Harmonics = Shader.PropertyToID("_Harmonics");
        public static readonly int Views = Shader.PropertyToID("_Views");
        public static readonly int Keys = Shader.PropertyToID("_Keys");
        public static readonly int Order = Shader.PropertyToID("_Order");
        public static readonly int KeysIn = Shader.PropertyToID("_KeysIn");
        public static readonly int OrderIn = Shader.PropertyToID("_OrderIn");
        public static readonly int KeysOut = Shader.PropertyToID("_KeysOut");
        public static readonly int OrderOut = Shader.PropertyToID("_OrderOut");
        public static readonly int Counts = Shader.PropertyToID("_Counts");
        public static readonly int Arguments = Shader.PropertyToID("_Arguments");
        public static readonly int Gaussians = Shader.PropertyToID("_Gaussians");
        public static readonly int First = Shader.PropertyToID("_First");
        public static readonly int AllGaussians = Shader.PropertyToID("_AllGaussians");
        public static readonly int Eyes = Shader.PropertyToID("_Eyes");
        public static readonly int Degree = Shader.PropertyToID("_Degree");
        public static readonly int Orthographic = Shader.PropertyToID("_Orthographic");
        public static readonly int ToCamera = Shader.PropertyToID("_ToCamera");
        public static readonly int Lens = Shader.PropertyToID("_Lens");
        public static readonly int Picture = Shader.PropertyToID("_Picture");
        public static readonly int Range = Shader.PropertyToID("_Range");
        public static readonly int TintFactors = Shader.PropertyToID("_Tint");
        public static readonly int Groups = Shader.PropertyToID("_Groups");
        public static readonly int Shift = Shader.PropertyToID("_Shift");
        public static readonly int Instances = Shader.PropertyToID("_Instances");
        public static readonly int ToTarget = Shader.PropertyToID("_ToTarget");
        public static readonly int LinearTarget = Shader.PropertyToID("_LinearTarget");

        // Of our own wrapper, Splats.shader.
        public static readonly int Eye = Shader.PropertyToID("_Ani3dEye");
        public static readonly int LastRow = Shader.PropertyToID("_Ani3dLastRow");
        public static readonly int Drawn = Shader.PropertyToID("_Ani3dDrawn");
        public static readonly int Scene = Shader.PropertyToID("_Ani3dScene");
        public static readonly int Source = Shader.PropertyToID("_Ani3dSource");
    }
}
