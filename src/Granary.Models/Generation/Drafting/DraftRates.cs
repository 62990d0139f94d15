namespace Granary.Models.Generation.Drafting;

/// <summary>How often the guesses of each kind come true where their parent did, over about the last hundred of them.</summary>
internal sealed class DraftRates
{
    private const double Forgetting = 0.99;

    // What a kind counts as before it was seen: worth one guess, and soon outvoted.
    private const double PriorTries = 2;
    private const double PriorRate = 0.4;

    private readonly double[] _tries = new double[DraftKind.Count];
    private readonly double[] _hits = new double[DraftKind.Count];

    public double Of(int kind) => (_hits[kind] + (PriorTries * PriorRate)) / (_tries[kind] + PriorTries);

    public void Count(int kind, bool isHit)
    {
        _tries[kind] = (Forgetting * _tries[kind]) + 1;
        _hits[kind] = (Forgetting * _hits[kind]) + (isHit ? 1 : 0);
    }
}
