using Granary.Core.Randomness;

namespace Granary.Data.Retrieval;

/// <summary>Sentences that have nothing to do with what is asked: the hay.</summary>
public interface IFiller
{
    /// <summary>The sentence of a stream at a place: a function of both alone.</summary>
    string SentenceAt(RandomKey stream, int index);
}
