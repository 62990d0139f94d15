using Granary.Core.Randomness;
using Granary.Data.Retrieval;

namespace Granary.Training.Evaluation.Retrieval;

/// <summary>Several keys with their values in filler text, of which one is asked for: the others' values are the tempting answers.</summary>
internal sealed class MultiKeyTask : IRetrievalTask
{
    public string Name => "multi-key";

    public IEnumerable<RetrievalCell> Cells(RetrievalPlan plan)
    {
        return RetrievalCell.Grid(plan, Name, string.Empty);
    }

    public RetrievalQuestion Ask(RetrievalWorld world, RetrievalPlan plan, RetrievalCell cell, RandomKey key, int number)
    {
        var told = world.DrawPairs(key.Use("pairs"), plan.Pairs, areHeldOut: true).Select(world.Tell).ToList();
        var wrong = key.Use("candidates");
        var candidates = CandidateAnswers.Of(
            plan.Candidates, told.Select(statement => statement.Answer), attempt => world.AnswerAt((int)wrong.BelowAt(attempt, world.ValueCount)));
        return new RetrievalQuestion(told[0], candidates) { Needle = told[0], Others = told[1..] };
    }
}
