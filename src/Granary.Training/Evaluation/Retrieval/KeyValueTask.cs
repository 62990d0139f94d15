using Granary.Core.Randomness;
using Granary.Data.Retrieval;

namespace Granary.Training.Evaluation.Retrieval;

/// <summary>One key with its value in filler text, a pair that training never tells; asked for the value.</summary>
internal sealed class KeyValueTask : IRetrievalTask
{
    public string Name => "key-value";

    public IEnumerable<RetrievalCell> Cells(RetrievalPlan plan)
    {
        return RetrievalCell.Grid(plan, Name, string.Empty);
    }

    public RetrievalQuestion Ask(RetrievalWorld world, RetrievalPlan plan, RetrievalCell cell, RandomKey key, int number)
    {
        var statement = world.Tell(world.DrawPairs(key.Use("pairs"), 1, areHeldOut: true)[0]);
        var wrong = key.Use("candidates");
        var candidates = CandidateAnswers.Of(plan.Candidates, [statement.Answer], attempt => world.AnswerAt((int)wrong.BelowAt(attempt, world.ValueCount)));
        return new RetrievalQuestion(statement, candidates) { Needle = statement };
    }
}
