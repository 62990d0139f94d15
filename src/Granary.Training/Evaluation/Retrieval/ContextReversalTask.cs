using Granary.Core.Randomness;
using Granary.Data.Retrieval;

namespace Granary.Training.Evaluation.Retrieval;

/// <summary>A is B stands in filler text; asked forward and backward, about people of whom training asks forward only.</summary>
internal sealed class ContextReversalTask : IRetrievalTask
{
    private const string Forward = "forward";
    private const string Backward = "backward";

    public string Name => "context-reversal";

    public IEnumerable<RetrievalCell> Cells(RetrievalPlan plan)
    {
        return [.. RetrievalCell.Grid(plan, Name, Forward), .. RetrievalCell.Grid(plan, Name, Backward)];
    }

    public RetrievalQuestion Ask(RetrievalWorld world, RetrievalPlan plan, RetrievalCell cell, RandomKey key, int number)
    {
        var isBackward = cell.Variant == Backward;
        var fact = world.DrawContextFact(key.Use("fact"), isHeldOut: true, isOdd: false);
        var asked = Direct(fact, isBackward);
        var wrong = key.Use("candidates");
        var candidates = CandidateAnswers.Of(
            plan.Candidates, [asked.Answer], attempt => Direct(world.DrawContextFact(wrong.Fold(attempt), isHeldOut: true, isOdd: false), isBackward).Answer);
        return new RetrievalQuestion(asked, candidates) { Needle = fact.Forward };
    }

    private static Statement Direct(Fact fact, bool isBackward)
    {
        return isBackward ? fact.Backward : fact.Forward;
    }
}
