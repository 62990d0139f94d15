namespace Granary.Models.Generation.Drafting;

/// <summary>Several drafters over one tree; the planner reads the likeliest guesses of all.</summary>
internal sealed class CombinedDrafter : IDrafter
{
    private readonly IDrafter[] _drafters;

    public CombinedDrafter(params IDrafter[] drafters)
    {
        _drafters = drafters;
    }

    public void Read(in DraftReading reading)
    {
        foreach (var drafter in _drafters)
        {
            drafter.Read(reading);
        }
    }

    public void Draft(DraftTree tree)
    {
        foreach (var drafter in _drafters)
        {
            drafter.Draft(tree);
        }
    }
}
