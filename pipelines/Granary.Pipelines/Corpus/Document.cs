namespace Granary.Pipelines.Corpus;

/// <summary>A text and where it came from.</summary>
public sealed record Document
{
    private readonly int? _bytes;

    /// <summary>The first 16 bytes of the SHA-256 of the text, the first byte highest.</summary>
    public required UInt128 Hash { get; init; }

    /// <summary>The text: valid UTF-8 without NUL, its line ends LF. Empty where only its ids are at hand.</summary>
    public required ReadOnlyMemory<byte> Text { get; init; }

    /// <summary>Bytes of its text, also where only its ids are at hand.</summary>
    public int Bytes { get => _bytes ?? Text.Length; init => _bytes = value; }

    /// <summary>Its text's ids, where it was tokenized elsewhere; those of held-out documents are not at hand.</summary>
    public ReadOnlyMemory<int> Ids { get; init; }

    /// <summary>The index of its source in the configuration.</summary>
    public required int Source { get; init; }

    /// <summary>The file's full path.</summary>
    public required string File { get; init; }

    /// <summary>The line it begins in, counted from 1; 0 where lines mean nothing.</summary>
    public long Line { get; internal set; }

    /// <summary>The byte it begins at, after unpacking; -1 where it has no single place.</summary>
    public long Offset { get; init; } = -1;

    /// <summary>What names it: its own name where its format gives one, else its hash in hexadecimal.</summary>
    public required string Id { get; init; }

    /// <summary>The numbers of the source's score fields that it has, by field; null for none.</summary>
    public IReadOnlyDictionary<string, double>? Scores { get; init; }

    /// <summary>Whether it is kept out of training, to measure with.</summary>
    public bool IsHeldOut { get; init; }
}
