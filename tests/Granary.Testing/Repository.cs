namespace Granary.Testing;

/// <summary>Finds files of the repository that the tests are built from.</summary>
public static class Repository
{
    /// <summary>The folder that holds Training.sln.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>The full path of a file or folder below the root, whether it exists or not.</summary>
    public static string PathOf(params string[] parts)
    {
        return Path.Combine([Root, .. parts]);
    }

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Training.sln")))
            {
                return folder.FullName;
            }
        }

        throw new DirectoryNotFoundException($"No folder above '{AppContext.BaseDirectory}' holds Training.sln; run the tests from a checkout.");
    }
}
