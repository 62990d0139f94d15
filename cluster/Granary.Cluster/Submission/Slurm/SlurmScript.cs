using System.Reflection;

namespace Granary.Cluster.Submission.Slurm;

/// <summary>The batch script: the same bytes for every job.</summary>
internal static class SlurmScript
{
    private const string FileName = "granary-job.sh";

    /// <summary>The script.</summary>
    public static byte[] Bytes { get; } = Read();

    /// <summary>Where the script lies in the folder of a submission.</summary>
    public static string PathOf(string folder) => Path.Combine(folder, FileName);

    /// <summary>Puts the script there.</summary>
    public static void WriteTo(string folder)
    {
        File.WriteAllBytes(PathOf(folder), Bytes);
    }

    private static byte[] Read()
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(FileName)!;
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }
}
