using Granary.Core;

namespace Granary.Pipelines.Corpus.Splits;

/// <summary>Gives the parts of files from files of ids in place of the files themselves; all else about them is the same.</summary>
internal sealed class TokenSplitFormat : ISourceFormat
{
    private readonly ISourceFormat _files;
    private readonly int _source;
    private readonly TokenSplits _splits;
    private readonly IEnumerator<(int Split, int Place)> _places;

    /// <summary>The files of a source; they are split once, in their order.</summary>
    public TokenSplitFormat(ISourceFormat files, int source, TokenSplits splits)
    {
        (_files, _source, _splits) = (files, source, splits);
        _places = splits.Of(source).SelectMany(split => Enumerable.Range(0, split.Split.Parts).Select(place => (split.Number, place))).GetEnumerator();
    }

    public IReadOnlyList<FilePart> Split(CorpusFile file)
    {
        return [.. _files.Split(file).Select(PlacedPart)];
    }

    public PartDigest? Read(FilePart part, DocumentSink sink)
    {
        var placed = (PlacedFilePart)part;
        return _splits.Open(placed.Split, sink.Stop).ReadPart(placed.Place, part.File.Path, _source, sink.Add);
    }

    private PlacedFilePart PlacedPart(FilePart part)
    {
        part.Release();
        if (!_places.MoveNext())
        {
            throw new CorpusException(part.File.Path, "The file has more parts than when the corpus was split: it has changed meanwhile. Run again when nobody writes to it.");
        }

        return new PlacedFilePart(part) { Split = _places.Current.Split, Place = _places.Current.Place };
    }

    private sealed record PlacedFilePart : FilePart
    {
        public PlacedFilePart(FilePart part)
            : base(part)
        {
        }

        /// <summary>The split that has the part.</summary>
        public required int Split { get; init; }

        /// <summary>Its place in the split's file.</summary>
        public required int Place { get; init; }
    }
}
