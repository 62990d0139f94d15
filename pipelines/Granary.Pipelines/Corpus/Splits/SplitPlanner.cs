namespace Granary.Pipelines.Corpus.Splits;

/// <summary>Cuts a source's files into splits.</summary>
internal static class SplitPlanner
{
    /// <summary>The splits of a source: each has parts until it has at least so many bytes.</summary>
    public static IEnumerable<CorpusSplit> Plan(int source, IReadOnlyList<CorpusFile> files, ISourceFormat format, long splitBytes)
    {
        CorpusSplit? open = null;
        var bytes = 0L;
        foreach (var (index, file) in files.Index())
        {
            foreach (var part in format.Split(file))
            {
                part.Release();
                open = open is null ? new CorpusSplit(source, index, part.Index, Parts: 1) : open with { Parts = open.Parts + 1 };
                bytes += part.Bytes;
                if (bytes >= splitBytes)
                {
                    yield return open;
                    (open, bytes) = (null, 0);
                }
            }
        }

        if (open is not null)
        {
            yield return open;
        }
    }

    /// <summary>The parts of a split; a file is opened when reading comes to it.</summary>
    public static IEnumerable<FilePart> PartsOf(CorpusSplit split, IReadOnlyList<CorpusFile> files, ISourceFormat format)
    {
        return files.Skip(split.File).SelectMany(format.Split).Skip(split.Part).Take(split.Parts);
    }
}
