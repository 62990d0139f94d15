namespace Granary.Testing;

/// <summary>Finds data that lies beside the repository; tests that use it carry the category "Shared".</summary>
public static class SharedData
{
    /// <summary>The category of tests that need the data.</summary>
    public const string Category = "Shared";

    /// <summary>The full path of a file below the shared data folder, or null where the folder is absent.</summary>
    public static string? Find(params string[] parts)
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var candidate = Path.Combine([folder.FullName, "shared", "data", .. parts]);
            if (File.Exists(candidate) || Directory.Exists(candidate))
            {
                return candidate;
            }
        }

        return null;
    }
}
