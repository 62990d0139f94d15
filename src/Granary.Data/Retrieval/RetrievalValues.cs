namespace Granary.Data.Retrieval;

/// <summary>What keys of a world stand for.</summary>
public enum RetrievalValues
{
    /// <summary>One of 64 plain words, most of them one token with a trained vocabulary.</summary>
    Words,

    /// <summary>A number of three digits.</summary>
    Digits,
}
