using System.Globalization;
using System.Text;
using Granary.Data.Shards;

namespace Granary.Data.Batching;

/// <summary>What a sampler's steps are made of, in numbers and as tables for people.</summary>
internal sealed class SamplerReport
{
    private readonly BatchingConfig _config;
    private readonly long _cycles;

    public SamplerReport(ShardManifest manifest, BatchingConfig config, MixtureLaw law, MixturePlan plan)
    {
        _config = config;
        _cycles = plan.Phases.Sum(phase => phase.Cycles);
        Phases = [.. plan.Phases.Select(phase => phase.Steps)];
        Buckets = [.. manifest.Buckets.Select((bucket, i) => new Bucket(
            bucket.Exponent,
            bucket.Rows,
            law.RowsOfRun[i] / config.Passes,
            plan.RowsPerStep[i],
            plan.Phases.Sum(phase => phase.StepsByBucket[i]),
            law.IsWeighted ? 0 : law.RowsOfRun[i]))];
        Sources = law.Groups.Any(group => group.IsWholeBucket) ? [] : [.. manifest.Sources.Select((source, i) => SourceOf(source.Name, i, law, plan))];
        var sampled = Buckets.Select(bucket => new TokenLedgerBucket { Exponent = bucket.Exponent, Pieces = bucket.Steps * bucket.RowsPerStep }).ToList();
        AverageSequenceLength = LengthStatistics.AverageSequenceLength(sampled);
        AverageContextLength = LengthStatistics.AverageContextLength(sampled);
    }

    /// <summary>Steps of each phase.</summary>
    public IReadOnlyList<long> Phases { get; }

    /// <summary>The buckets.</summary>
    public IReadOnlyList<Bucket> Buckets { get; }

    /// <summary>The sources; none where the mixture does not go by sources.</summary>
    public IReadOnlyList<Source> Sources { get; }

    /// <summary>Tokens a row on average, over all rows of the run.</summary>
    public double AverageSequenceLength { get; }

    /// <summary>Tokens in front of a token within its row, on average over all tokens of the run.</summary>
    public double AverageContextLength { get; }

    /// <inheritdoc/>
    public override string ToString()
    {
        var text = new StringBuilder();
        var cycles = Phases.Count == 1 ? $" of {_cycles / _config.Passes:N0} cycle(s)" : $", {_cycles:N0} cycles in {Phases.Count} phases";
        text.AppendLine(CultureInfo.InvariantCulture, $"{Phases.Sum():N0} steps of {_config.TokensPerStep:N0} tokens in {_config.Passes:N0} pass(es){cycles}");
        text.AppendLine("  length        rows  rows a pass   rows a step       steps  rows left over");
        foreach (var bucket in Buckets)
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"{1L << bucket.Exponent,8:N0}{bucket.Rows,12:N0}{bucket.RowsPerPass,13:N0}{bucket.RowsPerStep,14:N0}{bucket.Steps,12:N0}{bucket.RowsLeft,16:N0}");
        }

        text.AppendLine(CultureInfo.InvariantCulture, $"mean length of a row {AverageSequenceLength:F1}, mean context of a token {AverageContextLength:F1}");
        if (Phases.Count > 1)
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"steps by phase: {string.Join(", ", Phases.Select(steps => steps.ToString("N0", CultureInfo.InvariantCulture)))}");
        }

        if (Sources.Count > 0)
        {
            text.AppendLine("          tokens     tokens used   share   epochs  most  source");
        }

        foreach (var source in Sources)
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"{source.Tokens,16:N0}{source.TokensUsed,16:N0}{source.Share,8:P1}{source.Epochs,9:F2}{source.MostEpochs,6:F1}  {source.Name}");
        }

        return text.ToString();
    }

    private static Source SourceOf(string name, int index, MixtureLaw law, MixturePlan plan)
    {
        var groups = law.Groups.Index().Where(entry => entry.Item.Source == index).ToList();
        var used = groups.Select(entry => (entry.Item, Rows: plan.Phases.Sum(phase => phase.RowsByGroup[entry.Index]))).ToList();
        var all = plan.Phases.Sum(phase => phase.RowsByGroup.Zip(law.Groups, (rows, group) => (double)(rows << group.Exponent)).Sum());
        return new Source(
            name,
            groups.Sum(entry => entry.Item.Tokens),
            used.Sum(group => group.Rows << group.Item.Exponent),
            used.Sum(group => group.Rows << group.Item.Exponent) / all,
            used.Select(group => (double)group.Rows / group.Item.Rows).DefaultIfEmpty().Max());
    }

    /// <summary>What is used of a bucket.</summary>
    /// <param name="Exponent">Rows have 2 to this power inputs.</param>
    /// <param name="Rows">Rows there are.</param>
    /// <param name="RowsPerPass">Rows a pass takes, before weights move tokens between lengths.</param>
    /// <param name="RowsPerStep">Rows in one of its steps.</param>
    /// <param name="Steps">Its steps in the run.</param>
    /// <param name="RowsOfRun">Rows that all passes take; 0 with weights, which repeat rows instead of leaving them over.</param>
    public sealed record Bucket(int Exponent, long Rows, long RowsPerPass, long RowsPerStep, long Steps, long RowsOfRun)
    {
        /// <summary>Rows of the last pass that fill no step.</summary>
        public long RowsLeft => RowsOfRun == 0 ? 0 : RowsOfRun - (Steps * RowsPerStep);
    }

    /// <summary>What is used of a source.</summary>
    /// <param name="Name">Its name.</param>
    /// <param name="Tokens">Tokens it has in rows.</param>
    /// <param name="TokensUsed">Tokens of it in all steps, repeats counted.</param>
    /// <param name="Share">Of all tokens in all steps.</param>
    /// <param name="MostEpochs">How often the rows of one of its lengths and clusters are used on average, where that is most.</param>
    public sealed record Source(string Name, long Tokens, long TokensUsed, double Share, double MostEpochs)
    {
        /// <summary>How often its tokens are used on average.</summary>
        public double Epochs => Tokens == 0 ? 0 : (double)TokensUsed / Tokens;
    }
}
