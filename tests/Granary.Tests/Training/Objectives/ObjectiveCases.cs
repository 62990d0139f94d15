using Granary.Core.Randomness;
using Granary.Data.Batching;
using Granary.Data.Tokenization;
using Granary.Models.Ahead;
using Granary.Models.Language;
using Granary.Models.Layers;
using Granary.Models.Llama;
using Granary.Training.Objectives.Rewriting;

namespace Granary.Training.Objectives.Tests;

/// <summary>Every objective in a small form, with rows and a model to run it on: what the universal tests go over.</summary>
internal static class ObjectiveCases
{
    internal const int Rows = 3;
    internal const int Length = 24;

    internal static readonly RandomKey Key = RandomKey.FromSeed(21);

    /// <summary>Configurations, each with the model it is trained with.</summary>
    internal static IEnumerable<TestCaseData> All()
    {
        foreach (var (name, objective) in Objectives())
        {
            yield return new TestCaseData(objective, new LlamaConfig { HiddenSize = 32, NumHiddenLayers = 2, NumAttentionHeads = 4, NumKeyValueHeads = 2, MaxPositionEmbeddings = Length, TieWordEmbeddings = true })
                .SetArgDisplayNames(name);
        }
    }

    /// <summary>Bytes, the end of a text, and what the objective adds.</summary>
    internal static Tokenizer TokenizerFor(ObjectiveConfig objective)
    {
        return Tokenizer.Create(new TokenizerConfig { Type = TokenizerConfig.Bytes }, []).WithSpecialTokens(objective.SpecialTokens);
    }

    internal static LanguageModel ModelFor(ObjectiveConfig objective, ModelConfig config, ILayerKernels kernels)
    {
        return config.Build(TokenizerFor(objective).VocabularySize, objective.Needs.Ahead, RandomKey.FromSeed(3), kernels);
    }

    /// <summary>Rows of letters; packed ones hold a document of 10 ids, one of 9, and padding.</summary>
    internal static BatchSlice RowsOf(bool arePacked, int seed = 1)
    {
        var text = Enumerable.Range(0, (Rows * Length) + 1).Select(place => 97 + RandomKey.FromSeed(seed).BelowAt(place, 26)).ToArray();
        long[] targets = [.. text.Skip(1)];
        if (!arePacked)
        {
            return new BatchSlice(Rows, Length, text.AsMemory(0, Rows * Length), targets, default);
        }

        var (segments, positions) = (new int[Rows * Length], new long[Rows * Length]);
        for (var place = 0; place < segments.Length; place++)
        {
            var column = place % Length;
            segments[place] = column < 10 ? 1 : column < 19 ? 2 : 0;
            positions[place] = column < 10 ? column : column < 19 ? column - 10 : 0;
            targets[place] = column is 9 or >= 18 ? TokenBatch.IgnoredTarget : targets[place];
        }

        return new BatchSlice(Rows, Length, text.AsMemory(0, Rows * Length), targets, default, segments, positions);
    }

    /// <summary>Some of the rows, as a micro-batch or another rank's share has them.</summary>
    internal static BatchSlice Slice(BatchSlice rows, int first, int count)
    {
        var (start, length) = (first * rows.Length, count * rows.Length);
        return rows with
        {
            Rows = count,
            Tokens = rows.Tokens.Slice(start, length),
            Targets = rows.Targets.Slice(start, length),
            Segments = rows.Segments.IsEmpty ? default : rows.Segments.Slice(start, length),
            Positions = rows.Positions.IsEmpty ? default : rows.Positions.Slice(start, length),
            FirstRow = rows.FirstRow + first,
        };
    }

    private static IEnumerable<(string Name, ObjectiveConfig Objective)> Objectives()
    {
        yield return ("next-token", new NextTokenConfig());
        yield return ("three parallel heads", new MultiTokenConfig { Tokens = 3 });
        yield return ("three sequential modules", new MultiTokenConfig { Tokens = 3, Heads = AheadKind.Sequential });
        yield return ("meap", new MeapConfig { MaskShare = 0.3 });
        yield return ("meap over parallel heads", new MeapConfig { MaskShare = 0.3, Over = new MultiTokenConfig { Tokens = 2 } });
        yield return ("fim", new FimConfig { FimRate = 1 });
        yield return ("cm3", new Cm3Config { MeanSpans = 2 });
        yield return ("meap over cm3", new MeapConfig { Over = new Cm3Config() });
    }
}
