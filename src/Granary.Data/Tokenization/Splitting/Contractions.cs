namespace Granary.Data.Tokenization.Splitting;

/// <summary>Where a pattern has English contractions: <c>(?i:'s|'t|'re|'ve|'m|'ll|'d)</c>.</summary>
internal enum Contractions
{
    /// <summary>Nowhere.</summary>
    None,

    /// <summary>As words of their own.</summary>
    Alone,

    /// <summary>As the end of the word before them.</summary>
    AtWordEnd,
}
