using Granary.Core;
using Granary.Core.Configuration;

namespace Granary.Pipelines.Corpus;

/// <summary>Files of one format.</summary>
public abstract record FileSourceConfig : CorpusSourceConfig
{
    private static readonly string[] OtherFormats = [".parquet", ".xz", ".zip", ".tar", ".7z", ".lz4"];

    /// <summary>
    /// Files: paths or patterns with *, ?, ** and {a,b}; "~" is the home folder, ${dotnet} the SDK's root and
    /// ${torch_include} the headers of libtorch. Files are read in the order of their full paths.
    /// </summary>
    public required IReadOnlyList<string> Paths { get; init; }

    /// <inheritdoc/>
    public override void Validate(string path, ConfigurationErrors errors)
    {
        base.Validate(path, errors);
        errors.Require(Paths.Count > 0, $"{path}.paths", "[]", "a list of at least one path");
    }

    /// <inheritdoc/>
    internal override IReadOnlyList<CorpusFile> List(PathPlaceholders placeholders, string key)
    {
        var found = new SortedSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < Paths.Count; i++)
        {
            var path = placeholders.Expand(Paths[i]);
            var files = PathPattern.Find(path);
            if (files.Count == 0)
            {
                var (folder, missing) = PathPattern.DeepestFolder(path);
                var where = missing is null ? $"Folder '{folder}' holds no such file." : $"Folder '{folder}' has no '{missing}'.";
                throw new CorpusException(path, $"No file matches this path of source '{Name}'. {where} Correct '{key}.paths.{i}'.");
            }

            found.UnionWith(files);
        }

        foreach (var path in found)
        {
            RefuseOtherFormats(path, key);

            // Said before anything is read, not when reading comes to the file.
            Packing.Of(path)?.Library?.Require(path);
        }

        return [.. found.Select(CorpusFile.Of)];
    }

    /// <inheritdoc/>
    internal override CorpusFile StateOf(CorpusFile file)
    {
        return CorpusFile.Of(file.Path);
    }

    /// <summary>Whether files with an ending of another format's are the source's own.</summary>
    internal virtual bool Takes(string ending)
    {
        return false;
    }

    private void RefuseOtherFormats(string path, string key)
    {
        if (OtherFormats.FirstOrDefault(ending => path.EndsWith(ending, StringComparison.OrdinalIgnoreCase)) is { } ending && !Takes(ending))
        {
            throw new CorpusException(path, $"Files that end in '{ending}' are not read as this source's type. Known: text, JSON lines and XML, each also as {string.Join(", ", Packing.All.Select(packing => packing.Ending))}, and Parquet with type 'parquet'. Convert the file, or narrow '{key}.paths'.");
        }
    }
}
