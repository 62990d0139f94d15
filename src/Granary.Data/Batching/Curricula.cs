using Granary.Core.Configuration;

namespace Granary.Data.Batching;

/// <summary>The named odds of the paper (table 2), for buckets from the shortest rows to the longest.</summary>
internal static class Curricula
{
    public static readonly IReadOnlyList<string> Names = ["natural", "uniform", "grow-linear", "grow-p2", "grow-p100", "shrink-p100"];

    public static double[] OddsOf(DatasetDecompositionConfig config, IReadOnlyList<long> tokens)
    {
        var count = tokens.Count;
        var odds = new double[count];
        for (var i = 0; i < count; i++)
        {
            var longer = count - 1 - i;
            var plain = config.Curriculum switch
            {
                "natural" or "uniform" => 1,
                "grow-linear" => longer + 1,
                "grow-p2" => Math.Pow(2, longer),
                "grow-p100" => Math.Pow(100, longer),
                "shrink-p100" => Math.Pow(100, i),
                _ => config.Odds[i],
            };
            odds[i] = plain * (config.OddsTimesTokens || config.Curriculum == "natural" ? tokens[i] : 1);
        }

        return odds;
    }

    public static void Validate(string curriculum, IReadOnlyList<double> odds, string path, ConfigurationErrors errors)
    {
        var listed = string.Join(", ", odds);
        errors.Require(curriculum == "list" || Names.Contains(curriculum), $"{path}.curriculum", curriculum, $"'list' or one of {string.Join(", ", Names.Select(name => $"'{name}'"))}");
        errors.Require(curriculum == "list" == odds.Count > 0, $"{path}.odds", listed, "given with curriculum 'list', and only then");
        errors.Require(odds.All(value => double.IsFinite(value) && value > 0), $"{path}.odds", listed, "numbers greater than 0");
    }
}
