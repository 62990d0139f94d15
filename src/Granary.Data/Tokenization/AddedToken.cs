namespace Granary.Data.Tokenization;

/// <summary>A token that is found in the text as it stands, before any splitting and merging.</summary>
public sealed record AddedToken
{
    /// <summary>The token's id.</summary>
    public required int Id { get; init; }

    /// <summary>The text that is the token.</summary>
    public required string Content { get; init; }

    /// <summary>Whether it is found only where no word character stands beside it. Default false.</summary>
    public bool SingleWord { get; init; }

    /// <summary>Whether it takes the white space before it along. Default false.</summary>
    public bool LeftStrip { get; init; }

    /// <summary>Whether it takes the white space after it along. Default false.</summary>
    public bool RightStrip { get; init; }

    /// <summary>Whether it is looked for in the normalized text rather than in the raw text. Default false.</summary>
    public bool Normalized { get; init; }

    /// <summary>Whether decoding can leave it out. Default true.</summary>
    public bool Special { get; init; } = true;
}
