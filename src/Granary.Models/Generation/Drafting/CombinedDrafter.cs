namespace Granary.Models.Generation.Drafting;

/// <summary>
/// Several drafters over one tree, asked in turn; the planner reads the likeliest guesses of all. Where one is nearly sure
/// of the next token, those behind it, which may cost more, are not asked.
/// </summary>
internal sealed class CombinedDrafter : IDrafter
{
    private const double NearlySure = 0.8;

    private readonly IDrafter[] _drafters;

    /// <summary>Drafters, the cheapest first.</summary>
    public CombinedDrafter(params IDrafter[] drafters)
    {
        _drafters = drafters;
    }

    public bool IsCostly => _drafters.Any(drafter => drafter.IsCostly);

    public void Read(in DraftReading reading)
    {
        foreach (var drafter in _drafters)
        {
            drafter.Read(reading);
        }
    }

    public void Draft(DraftTree tree)
    {
        for (var next = 0; next < _drafters.Length && (tree.Count == 0 || tree.Probability(0) < NearlySure); next++)
        {
            _drafters[next].Draft(tree);
        }
    }
}
