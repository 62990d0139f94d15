namespace Granary.Cli.Stages;

/// <summary>Finds the folder of libtorch's C++ headers, in the order in which the native build does.</summary>
internal static class TorchInclude
{
    private const string Mark = "ATen/ATen.h";

    /// <summary>The folder that holds ATen, c10 and torch; null where libtorch came without headers.</summary>
    internal static string? Find()
    {
        var named = Environment.GetEnvironmentVariable("GRANARY_TORCH");
        string[] candidates = named is null ? ["/usr/include"] : [Path.Combine(named, "include"), Path.Combine(named, "usr", "include")];
        return candidates.FirstOrDefault(folder => File.Exists(Path.Combine(folder, Mark)));
    }
}
