using Granary.Core.Randomness;
using Granary.Data.Retrieval;

namespace Granary.Training.Evaluation.Retrieval;

/// <summary>
/// Facts learned by heart, asked forward and backward. Backward of facts that training tells forward only is the reversal;
/// backward of facts told both ways says whether the answer could be learned at all. Items beyond a half's facts ask for
/// the same ones behind others.
/// </summary>
internal sealed class ReversalTask : IRetrievalTask
{
    internal const string TaskName = "reversal";

    private const int FactsBefore = 3; // other facts that lead in, as in the documents of training

    // The half of the facts that a variant asks about, and how.
    private static readonly Dictionary<string, (bool ToldBothWays, bool IsBackward)> Variants = new()
    {
        ["forward, told forward only"] = (false, false),
        ["backward, told forward only"] = (false, true),
        ["forward, told both ways"] = (true, false),
        ["backward, told both ways"] = (true, true),
    };

    public string Name => TaskName;

    public IEnumerable<RetrievalCell> Cells(RetrievalPlan plan)
    {
        return Variants.Keys.Select(variant => new RetrievalCell(Name, variant, Length: 0, Depth: null));
    }

    public RetrievalQuestion Ask(RetrievalWorld world, RetrievalPlan plan, RetrievalCell cell, RandomKey key, int number)
    {
        var (toldBothWays, isBackward) = Variants[cell.Variant];
        var half = world.FactCount / 2;
        var asked = FactOf(number % half, toldBothWays);
        var (wrong, before) = (key.Use("candidates"), key.Use("before"));
        var candidates = CandidateAnswers.Of(
            Math.Min(plan.Candidates, half), [Direct(world, asked, isBackward).Answer], attempt => Direct(world, FactOf((int)wrong.BelowAt(attempt, half), toldBothWays), isBackward).Answer);
        var others = Enumerable.Range(0, 16 * FactsBefore).Select(i => (int)before.BelowAt(i, world.FactCount)).Where(fact => fact != asked).Take(FactsBefore);
        return new RetrievalQuestion(Direct(world, asked, isBackward), candidates) { Others = [.. others.Select(fact => world.FactAt(fact).Forward)] };
    }

    // Facts of odd numbers are told both ways.
    private static int FactOf(int index, bool toldBothWays)
    {
        return (2 * index) + (toldBothWays ? 1 : 0);
    }

    private static Statement Direct(RetrievalWorld world, int fact, bool isBackward)
    {
        return isBackward ? world.FactAt(fact).Backward : world.FactAt(fact).Forward;
    }
}
