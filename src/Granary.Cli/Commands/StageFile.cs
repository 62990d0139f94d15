namespace Granary.Cli.Commands;

/// <summary>A stage's file, however a command names it.</summary>
internal static class StageFile
{
    /// <summary>The file that is meant by itself, by its stage's folder or by its run's; where none is there, that of the stage's folder.</summary>
    internal static string Find(string path, string stage, string name)
    {
        string[] places = [path, Path.Combine(path, name), Path.Combine(path, "stages", stage, name)];
        return places.FirstOrDefault(File.Exists) ?? places[1];
    }
}
