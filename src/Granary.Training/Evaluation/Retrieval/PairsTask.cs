using Granary.Core.Randomness;
using Granary.Data.Retrieval;

namespace Granary.Training.Evaluation.Retrieval;

/// <summary>
/// Keys with their values in filler text, pairs that training never tells, of which one is asked for. The others' values are
/// the tempting answers.
/// </summary>
internal sealed class PairsTask : IRetrievalTask
{
    private readonly Func<RetrievalPlan, int> _pairs;

    /// <summary>A task of a name that tells as many pairs as the plan is found to say.</summary>
    public PairsTask(string name, Func<RetrievalPlan, int> pairs)
    {
        Name = name;
        _pairs = pairs;
    }

    public string Name { get; }

    public IEnumerable<RetrievalCell> Cells(RetrievalPlan plan)
    {
        return RetrievalCell.Grid(plan, Name, string.Empty);
    }

    public RetrievalQuestion Ask(RetrievalWorld world, RetrievalPlan plan, RetrievalCell cell, RandomKey key, int number)
    {
        var told = world.DrawPairs(key.Use("pairs"), _pairs(plan), areHeldOut: true).Select(world.Tell).ToList();
        var wrong = key.Use("candidates");
        var candidates = CandidateAnswers.Of(
            plan.Candidates, told.Select(statement => statement.Answer), attempt => world.AnswerAt((int)wrong.BelowAt(attempt, world.ValueCount)));
        return new RetrievalQuestion(told[0], candidates) { Needle = told[0], Others = told[1..] };
    }
}
