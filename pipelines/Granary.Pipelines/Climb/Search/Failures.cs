namespace Granary.Pipelines.Climb.Search;

/// <summary>What several methods say when they cannot go on.</summary>
internal static class Failures
{
    /// <summary>No trial has a score.</summary>
    public static MixtureSearchException NoScore(int trials)
    {
        return new MixtureSearchException($"None of the '{trials}' trials has a score, so there is nothing to choose by. See the failures in the trials' folders.");
    }

    /// <summary>There is nothing to mix.</summary>
    public static MixtureSearchException OneComponent(string name)
    {
        return new MixtureSearchException($"There is one component, '{name}', so there is no mixture to search. Give at least two, or choose 'natural' as search.type.");
    }

    /// <summary>There is nothing to predict with.</summary>
    public static MixtureSearchException NoPredictor(int round, IReadOnlyList<PredictorFit> fits)
    {
        return new MixtureSearchException($"No predictor can be fitted to the trials before round {round}, so there is nothing to choose its trials by. {Reasons(fits)} Mend that and run again: the trials are kept.");
    }

    /// <summary>Why each predictor is out of question.</summary>
    public static string Reasons(IReadOnlyList<PredictorFit> fits)
    {
        return string.Join(' ', fits.Select(fit => $"'{fit.Predictor}' says: {fit.Failure}"));
    }
}
