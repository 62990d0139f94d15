namespace Granary.Models.Generation.Drafting;

/// <summary>Guesses tokens that a text may go on with.</summary>
internal interface IDrafter
{
    /// <summary>Whether guessing takes a share of a model call even while no guess is read, so that it must pay for itself.</summary>
    bool IsCostly { get; }

    /// <summary>Takes in what a model call has shown.</summary>
    void Read(in DraftReading reading);

    /// <summary>Adds guesses behind the text's newest token to a tree, the likeliest first.</summary>
    void Draft(DraftTree tree);
}
