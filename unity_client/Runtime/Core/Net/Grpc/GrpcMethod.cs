namespace Ani3d.Messages
{
    /// <summary>Paths of the protocol's methods.</summary>
    internal static class GrpcMethod
    {
        public const string ListAvatars = Package + "AssetService/ListAvatars";
        public const string GetManifest = Package + "AssetService/GetManifest";
        public const string Download = Package + "AssetService/Download";
        public const string Play = Package + "PlaybackService/Play";
        public const string CreateSession = Package + "LiveService/CreateSession";
        public const string ListSessions = Package + "LiveService/ListSessions";
        public const string EndSession = Package + "LiveService/EndSession";
        public const string Retarget = Package + "LiveService/Retarget";
        public const string Subscribe = Package + "LiveService/Subscribe";
        public const string GetServerInfo = Package + "ServerService/GetServerInfo";
        private const string Package = "/ani3d_runtime.rpc.v1.";
    }
}
