using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Granary.Data.Batching;

/// <summary>SHA-256 of everything the order of a run's rows hangs on.</summary>
internal static class OrderHash
{
    /// <summary>The hash, as hexadecimal digits; what is as ever without weights and phases adds nothing to it.</summary>
    public static string Of(string manifestHash, BatchingConfig config, long seed, IReadOnlyDictionary<(int Exponent, int Source, int Cluster), double>? groupWeights, RunScale? scale = null)
    {
        var sampling = config.ToSampling();
        var text = new StringBuilder();
        text.Append(
            CultureInfo.InvariantCulture,
            $"manifest={manifestHash} seed={seed} tokens_per_step={config.TokensPerStep} mixture={sampling.Mixture}:{Join(sampling.MixtureFractions)} max_tokens_per_pass={config.MaxTokensPerPass} curriculum={sampling.Curriculum}:{Join(sampling.Odds)} odds_times_tokens={sampling.OddsTimesTokens} cycles={sampling.Cycles} passes={config.Passes} longest_first={sampling.LongestFirst}");
        if (config.SourceWeights.Count + config.ClusterWeights.Count + config.Phases.Count + config.MaxEpochs + config.MaxEpochsBySource.Count > 0 || groupWeights is not null)
        {
            text.Append(
                CultureInfo.InvariantCulture,
                $" source_weights={Join(config.SourceWeights)} cluster_weights={Join(config.ClusterWeights)} max_epochs={config.MaxEpochs}:{Join(config.MaxEpochsBySource)} on_exhausted={config.OnExhausted}");
            foreach (var phase in config.Phases)
            {
                text.Append(
                    CultureInfo.InvariantCulture,
                    $" phase={phase.Until:R}:{phase.Steps}:{Join(phase.SourceWeights)}:{Join(phase.ClusterWeights)}:{phase.Mixture}:{Join(phase.MixtureFractions)}:{phase.Curriculum}:{Join(phase.Odds)}:{phase.Cycles}");
            }

            var groups = (groupWeights ?? new Dictionary<(int, int, int), double>()).OrderBy(entry => entry.Key);
            text.Append(CultureInfo.InvariantCulture, $" groups={string.Join(',', groups.Select(entry => string.Create(CultureInfo.InvariantCulture, $"{entry.Key}:{entry.Value:R}")))}");
        }

        if (scale is not null)
        {
            text.Append(CultureInfo.InvariantCulture, $" steps={scale.Steps} row_share={scale.RowShare:R}");
        }

        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())));
    }

    private static string Join(IReadOnlyList<double> values)
    {
        return string.Join(',', values.Select(value => value.ToString("R", CultureInfo.InvariantCulture)));
    }

    // Names may hold anything, so their lengths keep them apart.
    private static string Join<T>(IReadOnlyDictionary<string, T> values)
    {
        return string.Join(',', values.OrderBy(entry => entry.Key, StringComparer.Ordinal).Select(entry => string.Create(CultureInfo.InvariantCulture, $"{entry.Key.Length}:{entry.Key}={entry.Value}")));
    }
}
