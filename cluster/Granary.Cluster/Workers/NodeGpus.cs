using System.Globalization;

namespace Granary.Cluster.Workers;

/// <summary>The GPUs that this process may use.</summary>
public static class NodeGpus
{
    /// <summary>The variable that says which GPUs a process sees.</summary>
    public const string Variable = "CUDA_VISIBLE_DEVICES";

    /// <summary>Where the driver lists the machine's GPUs, in a folder each.</summary>
    public const string DriverFolder = "/proc/driver/nvidia/gpus";

    private const string InformationFile = "information";

    /// <summary>The GPUs that the driver lists; none where there is no driver. Where <paramref name="visible"/> is not null, only those that it names.</summary>
    public static IReadOnlyList<NodeGpu> Find(string folder, string? visible)
    {
        List<NodeGpu> all = Directory.Exists(folder) ? [.. Directory.EnumerateDirectories(folder).Order(StringComparer.Ordinal).Select(Read).OfType<NodeGpu>()] : [];
        return visible is null ? all : [.. visible.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(name => Named(all, name)).TakeWhile(gpu => gpu is not null).OfType<NodeGpu>()];
    }

    // By a number or by (the beginning of) an id. As for CUDA, one that there is not hides those behind it.
    private static NodeGpu? Named(List<NodeGpu> all, string name)
    {
        var gpu = int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? all.ElementAtOrDefault(number) : all.Find(known => known.Id.StartsWith(name, StringComparison.Ordinal));
        return gpu is null ? null : gpu with { Id = name };
    }

    private static NodeGpu? Read(string folder)
    {
        var path = Path.Combine(folder, InformationFile);
        var facts = File.Exists(path) ? File.ReadAllLines(path).Select(line => line.Split(':', 2, StringSplitOptions.TrimEntries)).Where(fact => fact.Length == 2).ToLookup(fact => fact[0], fact => fact[1]) : null;
        return facts?["GPU UUID"].FirstOrDefault() is { } id ? new NodeGpu(facts["Model"].FirstOrDefault() ?? "GPU", id) : null;
    }
}
