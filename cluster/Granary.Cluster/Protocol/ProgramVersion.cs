using System.Reflection;

namespace Granary.Cluster.Protocol;

/// <summary>The program's version, which coordinator and nodes must share: their work is the same program's.</summary>
public static class ProgramVersion
{
    /// <summary>This program's.</summary>
    public static string Current { get; } = typeof(ProgramVersion).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;
}
