namespace Granary.Pipelines.Climb.Search;

/// <summary>A search cannot go on: too few of its trials have a result, or its folder holds another search.</summary>
public sealed class MixtureSearchException : Exception
{
    /// <summary>Creates the exception with a sentence that says what to do.</summary>
    public MixtureSearchException(string message)
        : base(message)
    {
    }
}
