using System.IO.MemoryMappedFiles;

namespace Granary.Pipelines.Corpus.NearDuplicates;

/// <summary>Groups of documents, each named by its first one: union-find over a mapped file, whose pages the system may put out.</summary>
internal sealed class DocumentUnion : IDisposable
{
    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _parents; // of each document: its parent + 1, or 0 for none; never a later one

    /// <summary>Creates the file for a number of documents, each a group of its own.</summary>
    internal DocumentUnion(string path, long documents)
    {
        _file = MemoryMappedFile.CreateFromFile(path, FileMode.Create, null, Math.Max(1, documents) * sizeof(long));
        _parents = _file.CreateViewAccessor();
    }

    /// <summary>The first document of a document's group.</summary>
    internal long FirstOf(long document)
    {
        while (ParentOf(document) is { } parent)
        {
            if (ParentOf(parent) is not { } grandparent)
            {
                return parent;
            }

            _parents.Write(document * sizeof(long), grandparent + 1);
            document = grandparent;
        }

        return document;
    }

    /// <summary>Makes two documents' groups one.</summary>
    internal void Join(long one, long other)
    {
        var (first, second) = (FirstOf(one), FirstOf(other));
        if (first != second)
        {
            _parents.Write(Math.Max(first, second) * sizeof(long), Math.Min(first, second) + 1);
        }
    }

    public void Dispose()
    {
        _parents.Dispose();
        _file.Dispose();
    }

    private long? ParentOf(long document)
    {
        var stored = _parents.ReadInt64(document * sizeof(long));
        return stored == 0 ? null : stored - 1;
    }
}
