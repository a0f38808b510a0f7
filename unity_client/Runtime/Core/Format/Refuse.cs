namespace Ani3d
{
    /// <summary>Checks whose failure is a refusal.</summary>
    internal static class Refuse
    {
        /// <summary>Refuses unless something holds.</summary>
        public static void Unless(bool holds, string code, string subject, string found)
        {
            if (!holds)
            {
                throw new RefusalException(code, subject, found);
            }
        }
    }
}
