using Granary.Cli.Mixtures.Trials;
using Granary.Data.Batching;
using Granary.Data.Shards;

namespace Granary.Cli.Mixtures;

/// <summary>A run's batching with a mixture laid over it, that gives the run as many tokens as it asks for.</summary>
internal static class MixedBatching
{
    private const int UsualEpochs = 4;

    /// <summary>The batching; passes go up where what has a weight is too little for the run.</summary>
    internal static BatchingConfig Of(RunConfig config, ShardManifest manifest, MixComponents components, IReadOnlyDictionary<string, double> weights)
    {
        var batching = components.Weigh(config.Batching, weights);
        var target = Math.Max(ProxyInputs.TargetTokensOf(config, manifest), config.Training.Steps * batching.TokensPerStep);

        // A pass has the tokens of all that has a weight, so of few components it takes more passes to train as long.
        var weighed = components.All.Where(component => weights.GetValueOrDefault(component.Name) > 0).Sum(component => component.Tokens);
        var passes = (int)Math.Clamp((target + weighed - 1) / Math.Max(1, weighed), batching.Passes, int.MaxValue);
        var isOpen = config.Training is { Steps: 0, TimeBudget.Ticks: 0 } && batching.MaxTokensPerPass == 0;

        // The search's caps are on a component's mean; a row in a bucket of few may be due once more.
        var epochs = Math.Max(Math.Max(UsualEpochs, passes), (int)Math.Ceiling(config.Mix!.Search?.Caps.MaxEpochs ?? 0)) + 1;
        return batching with
        {
            Passes = passes,
            MaxTokensPerPass = isOpen && passes > batching.Passes ? (target + passes - 1) / passes : batching.MaxTokensPerPass,
            MaxEpochs = batching.MaxEpochs > 0 ? batching.MaxEpochs : epochs,
        };
    }
}
