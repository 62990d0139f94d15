namespace Granary.Pipelines.Corpus.NearDuplicates;

/// <summary>A document's key in a band; ordered by key, then by the document's place in the corpus.</summary>
internal readonly record struct BandEntry(ulong Key, long Document) : IComparable<BandEntry>
{
    public int CompareTo(BandEntry other)
    {
        var byKey = Key.CompareTo(other.Key);
        return byKey != 0 ? byKey : Document.CompareTo(other.Document);
    }
}
