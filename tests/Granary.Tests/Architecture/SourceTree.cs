using Granary.Testing;

namespace Granary.Architecture.Tests;

/// <summary>The repository's files, by what they are.</summary>
internal static class SourceTree
{
    private static readonly string[] Generated = ["artifacts", "runs", "data", ".git", ".vs", ".idea", "bin", "obj", "__pycache__", "node_modules"];
    private static readonly string[] ProductFolders = ["src", "pipelines", "cluster"];

    /// <summary>All files that are not generated, relative to the root, with forward slashes.</summary>
    public static IReadOnlyList<string> Files { get; } = [.. Walk(Repository.Root).Select(Relative).Order(StringComparer.Ordinal)];

    /// <summary>The C# files of the product, without tests and benches.</summary>
    public static IEnumerable<string> ProductCode => Files.Where(file => file.EndsWith(".cs", StringComparison.Ordinal) && IsProduct(file));

    /// <summary>The project files of the product.</summary>
    public static IEnumerable<string> ProductProjects => Files.Where(file => file.EndsWith(".csproj", StringComparison.Ordinal) && IsProduct(file));

    public static string Read(string file)
    {
        return File.ReadAllText(Repository.PathOf(file));
    }

    private static bool IsProduct(string file)
    {
        return ProductFolders.Contains(file.Split('/')[0]);
    }

    private static string Relative(string path)
    {
        return Path.GetRelativePath(Repository.Root, path).Replace('\\', '/');
    }

    private static IEnumerable<string> Walk(string folder)
    {
        // In a linked work tree .git is a file.
        var kept = Directory.EnumerateFileSystemEntries(folder).Where(path => !Generated.Contains(Path.GetFileName(path)));
        return kept.SelectMany(path => Directory.Exists(path) ? Walk(path) : [path]);
    }
}
