using Granary.Core.Configuration;

namespace Granary.Data.Batching;

/// <summary>
/// What a run of the paper's released code is asked for, and the parameters that follow: how many sequences of each
/// bucket a cycle takes, in whole shards for every loader, and with what weights buckets are drawn. Of use to set a run
/// here beside a published one.
/// </summary>
public sealed record ReleasedRecipe
{
    /// <summary>Tokens of the run; may be more than there are.</summary>
    public required long Tokens { get; init; }

    /// <summary>Cycles of the run, which that code calls epochs.</summary>
    public required int Epochs { get; init; }

    /// <summary>Devices of the run.</summary>
    public required int Gpus { get; init; }

    /// <summary>Loaders of each device. Default 1.</summary>
    public int Workers { get; init; } = 1;

    /// <summary>Sequences of the longest bucket in a step, over all devices.</summary>
    public required long GlobalBatchSize { get; init; }

    /// <summary>Shards of each bucket, shortest sequences first, as in all lists below.</summary>
    public required IReadOnlyList<long> NumberOfShards { get; init; }

    /// <summary>Sequences in a shard of each bucket.</summary>
    public IReadOnlyList<long> SequencesPerShard { get; init; } = [4_096, 2_048, 1_024, 512, 256, 128];

    /// <summary>Tokens in a sequence of each bucket.</summary>
    public IReadOnlyList<long> SequenceLengths { get; init; } = [256, 512, 1_024, 2_048, 4_096, 8_192];

    /// <summary>Sequences in a step of each bucket, in steps' sequences of the longest.</summary>
    public IReadOnlyList<double> BatchMultipliers { get; init; } = [32, 16, 8, 4, 2, 1];

    /// <summary>The odds of each bucket.</summary>
    public IReadOnlyList<double> Odds { get; init; } = [32, 16, 8, 4, 2, 1];

    /// <summary>Checks the numbers against each other.</summary>
    /// <exception cref="ConfigurationException">A number cannot be used.</exception>
    public void Check()
    {
        var errors = new ConfigurationErrors();
        errors.Require(Tokens > 0, "tokens", Tokens, "greater than 0");
        errors.Require(Epochs > 0, "epochs", Epochs, "greater than 0");
        errors.Require(Gpus > 0, "gpus", Gpus, "greater than 0");
        errors.Require(Workers > 0, "workers", Workers, "greater than 0");
        errors.Require(GlobalBatchSize > 0, "global-batch-size", GlobalBatchSize, "greater than 0");
        errors.Require(NumberOfShards.Count > 0 && NumberOfShards.All(shards => shards > 0), "number-of-shards", string.Join(' ', NumberOfShards), "numbers greater than 0, one for each bucket");
        CheckList("sequence-per-shard", SequencesPerShard.Select(value => (double)value), errors);
        CheckList("sequence_sizes", SequenceLengths.Select(value => (double)value), errors);
        CheckList("batch-mult", BatchMultipliers, errors);
        CheckList("train-data-mix-weights", Odds, errors);
        errors.ThrowIfAny("recipe");
        for (var i = 0; i < NumberOfShards.Count; i++)
        {
            var unit = SequencesPerShard[i] * Gpus * Workers;
            errors.Require(unit > BatchMultipliers[i] * GlobalBatchSize * Workers, "global-batch-size", GlobalBatchSize, $"so small that a shard for each device ({unit} sequences of {SequenceLengths[i]}) is more than a step");
        }

        errors.ThrowIfAny("recipe");
    }

    /// <summary>The parameters.</summary>
    /// <exception cref="ConfigurationException">A number cannot be used.</exception>
    public ReleasedParameters Compute()
    {
        Check();
        var available = NumberOfShards.Select((shards, i) => (double)(shards * SequencesPerShard[i] * SequenceLengths[i])).ToList();
        var units = SequencesPerShard.Select(sequences => sequences * Gpus * Workers).ToList();
        var share = Tokens / available.Sum();

        // Half a unit goes to the even neighbour, as NumPy rounds.
        var factors = available.Select((tokens, i) => (long)Math.Round(share * tokens / Epochs / SequenceLengths[i] / units[i])).ToArray();
        var isExact = MeetTokens(factors, units);
        return new ReleasedParameters
        {
            TokensPerCycle = TokensOf(factors, units),
            SequencesPerCycle = [.. factors.Select((factor, i) => factor * units[i])],
            Weights = [.. factors.Select((factor, i) => (long)(TokensOf(factors, units, i) / (double)TokensOf(factors, units, 0) * factors[0] * Odds[i]))],
            IsExact = isExact,
        };
    }

    private void CheckList(string name, IEnumerable<double> values, ConfigurationErrors errors)
    {
        var list = values.ToList();
        errors.Require(list.Count == NumberOfShards.Count && list.All(value => value > 0), name, string.Join(' ', list), $"numbers greater than 0, as many as number-of-shards ({NumberOfShards.Count})");
    }

    // Moves the longest bucket towards the tokens wanted until a proposal comes again, then the next shorter one, and so
    // on; where none meets them, one more move of the longest stands.
    private bool MeetTokens(long[] factors, IReadOnlyList<long> units)
    {
        var wanted = (double)Tokens / Epochs;
        var seen = new HashSet<string>();
        var bucket = factors.Length - 1;
        while (wanted - TokensOf(factors, units) is var missing && missing != 0)
        {
            if (bucket < 0)
            {
                return false;
            }

            bucket -= seen.Add(string.Join(' ', factors)) ? 0 : 1;
            factors[bucket < 0 ? factors.Length - 1 : bucket] += missing < 0 ? -1 : 1;
        }

        return true;
    }

    private long TokensOf(long[] factors, IReadOnlyList<long> units)
    {
        return factors.Select((_, i) => TokensOf(factors, units, i)).Sum();
    }

    private long TokensOf(long[] factors, IReadOnlyList<long> units, int bucket)
    {
        return factors[bucket] * units[bucket] * SequenceLengths[bucket];
    }
}
