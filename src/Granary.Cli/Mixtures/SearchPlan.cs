using Granary.Cli.Stages;
using Granary.Core.Randomness;
using Granary.Data.Batching;
using Granary.Pipelines.Climb.Mixtures;
using Granary.Torch;
using Granary.Training;
using Granary.Training.Objectives;

namespace Granary.Cli.Mixtures;

/// <summary>What a search will take, before it is begun.</summary>
/// <param name="Components">Components, as far as the configuration says.</param>
/// <param name="Rounds">Proxies of each round; the next waits for the last of them.</param>
/// <param name="Parameters">Parameters of each.</param>
/// <param name="TokensOfEach">Tokens each is trained on.</param>
/// <param name="Places">Proxies at once.</param>
/// <param name="SecondsOfEach">Seconds of training that each takes here, alone on its threads.</param>
internal sealed record SearchPlan(int Components, IReadOnlyList<int> Rounds, long Parameters, long TokensOfEach, int Places, double SecondsOfEach)
{
    private const int PretendedVocabulary = 32_000;

    // What a proxy takes before its first step and behind its last: a process, a model, the metrics.
    private const double SecondsBesides = 1.5;

    /// <summary>Proxies in all.</summary>
    public int Trials => Rounds.Sum();

    /// <summary>The share of their time that places are busy, if all proxies take equally long: less than 1 where rounds are no multiples of the places.</summary>
    public double Efficiency => Trials == 0 ? 1 : (double)Trials / (Places * Turns);

    /// <summary>Tokens of all proxies, and of the trunk they may share.</summary>
    public long Tokens => Trials * TokensOfEach;

    /// <summary>Seconds from the beginning to the end, as far as the places do not slow each other down.</summary>
    public double Seconds => Turns * (SecondsOfEach + SecondsBesides);

    private int Turns => Rounds.Sum(trials => (trials + Places - 1) / Places);

    /// <summary>Lays a search out, and times a proxy's steps.</summary>
    internal static SearchPlan Of(RunConfig run, int threads, TimeProvider time)
    {
        var (mix, proxy) = (run.Mix!, run.Mix!.Proxy);
        var count = Math.Max(1, mix.Components == MixConfig.Sources ? run.Corpus.Sources.Count(source => source.HeldOutOneIn != 1) : ClustersOf(mix));
        MixtureComponent[] pretended = [.. Enumerable.Range(0, count).Select(i => new MixtureComponent { Name = $"{i}", Tokens = 1_000_000, Prior = 1.0 / count })];
        var search = mix.Search!.Build(new MixtureSpace(pretended), mix.Seed);
        var vocabulary = proxy.Model.VocabSize > 0 ? proxy.Model.VocabSize : run.Tokenizer.VocabSize > 0 ? run.Tokenizer.VocabSize : PretendedVocabulary;
        var taken = proxy.Steps - proxy.TrunkSteps;
        return new SearchPlan(
            count,
            search.Rounds,
            proxy.Model.SpecOf(vocabulary, ahead: null).ParameterCount(),
            taken * proxy.TokensPerStep,
            proxy.PlacesOf(threads),
            taken * SecondsOfStep(run, proxy, vocabulary, time));
    }

    private static int ClustersOf(MixConfig mix)
    {
        var clusters = mix.Clusters;
        return clusters.Merge.Method != "none" && clusters.Merge.TargetK > 0 ? Math.Min(clusters.Initial, clusters.Merge.TargetK) : clusters.Initial;
    }

    private static double SecondsOfStep(RunConfig run, ProxyConfig proxy, int vocabulary, TimeProvider time)
    {
        torch.set_num_threads(proxy.Threads);
        using var model = proxy.Model.Build(vocabulary, ahead: null, RandomKey.FromSeed(run.Seed), ModelBuilder.Kernels(run.Training.FusedKernels, proxy.Precision));
        using var optimizer = ModelBuilder.BuildOptimizer(proxy.Optimizer, model, run.Training.FusedKernels);

        // Short rows and long ones differ by attention alone, which is little of so small a model: the longest is taken for all.
        var length = run.Batching is PackedBatchingConfig packed ? packed.RowLength : 1 << run.Decomposition.MaxExponent;
        return new TrialSteps(model, new NextTokenConfig().Build(), optimizer, time).SecondsPerStep(length, proxy.TokensPerStep, proxy.TokensPerMicrobatch);
    }
}
