using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Granary.Cli.Stages;
using Granary.Core.Configuration;
using Granary.Core.Runs;
using Granary.Data.Batching;
using Granary.Data.Shards;
using Granary.Data.Tokenization;
using Granary.Torch;

namespace Granary.Cli.Mixtures.Trials;

/// <summary>What all proxies of a run have in common, as the run's finished stages hold it.</summary>
internal sealed class ProxyInputs
{
    private const string Format = "proxy 2";

    private readonly Lazy<string> _settings;

    /// <summary>Gathers the inputs.</summary>
    /// <param name="config">The run's configuration, with a section 'mix'.</param>
    /// <param name="folder">The run's folder.</param>
    /// <param name="manifest">The run's shards.</param>
    /// <param name="tokenizer">The run's tokenizer.</param>
    /// <param name="components">What is mixed.</param>
    /// <param name="documents">The documents that metrics are measured on, in a fixed order.</param>
    public ProxyInputs(RunConfig config, RunFolder folder, ShardManifest manifest, Tokenizer tokenizer, MixComponents components, IReadOnlyList<HeldOutDocument> documents)
    {
        (Config, Folder, Manifest, Tokenizer, Components, Documents) = (config, folder, manifest, tokenizer, components, documents);
        _settings = new Lazy<string>(MakeSettings);
    }

    /// <summary>The run's configuration.</summary>
    public RunConfig Config { get; }

    /// <summary>The run's folder.</summary>
    public RunFolder Folder { get; }

    /// <summary>The run's shards.</summary>
    public ShardManifest Manifest { get; }

    /// <summary>The run's tokenizer.</summary>
    public Tokenizer Tokenizer { get; }

    /// <summary>What is mixed.</summary>
    public MixComponents Components { get; }

    /// <summary>The documents that metrics are measured on.</summary>
    public IReadOnlyList<HeldOutDocument> Documents { get; }

    /// <summary>The section 'mix'.</summary>
    public MixConfig Mix => Config.Mix!;

    /// <summary>Where the shards' manifest lies.</summary>
    public string ManifestPath => Path.Combine(Folder.StagePath(DecomposeStage.Name), ShardManifest.FileName);

    /// <summary>Everything that decides a result beside the proxy itself, as text.</summary>
    public string Settings => _settings.Value;

    /// <summary>The inputs of a run whose stages before the search are finished.</summary>
    public static ProxyInputs Open(string runFolder)
    {
        var folder = RunFolder.At(runFolder);
        var config = ConfigurationFile.Load<RunConfig>(folder.ConfigPath, []);
        if (config.Mix is not { IsSearched: true })
        {
            throw new ConfigurationException(folder.ConfigPath, ["The run searches no mixture, so it has no proxies. Give it a section 'mix'."]);
        }

        var manifest = ShardManifest.Load(Path.Combine(folder.StagePath(DecomposeStage.Name), ShardManifest.FileName));
        var tokenizer = Tokenizer.Load(TokenizerStage.FilePath(Path.Combine(folder.Path, "stages")));
        var documents = HeldOutText.ReadDocuments(Path.Combine(folder.StagePath(MixStage.Name), MixStage.DocumentsName));
        return new ProxyInputs(config, folder, manifest, tokenizer, MixStage.ComponentsOf(config, folder, manifest), documents);
    }

    /// <summary>What a run trains on, as far as that is known before it does: what the search says, else training.steps, else all passes over the shards.</summary>
    public static long TargetTokensOf(RunConfig config, ShardManifest manifest)
    {
        var said = config.Mix?.Search?.Caps.TargetTokens ?? 0;
        var present = manifest.Buckets.Sum(bucket => bucket.Rows << bucket.Exponent) * config.Batching.Passes;
        return said > 0 ? said : config.Training.Steps > 0 ? config.Training.Steps * config.Batching.TokensPerStep : present;
    }

    /// <summary>The sampler of steps on a proxy's mixture.</summary>
    public BucketSampler Sampler(ProxySpec spec, long steps)
    {
        var tokens = steps * Mix.Proxy.TokensPerStep;
        var share = Mix.Proxy.ShrinkComponents ? Math.Min(1, (double)tokens / TargetTokensOf(Config, Manifest)) : 1;
        var weights = spec.Weights.Count > 0 ? spec.Weights : Components.All.ToDictionary(component => component.Name, component => component.Prior);
        return new BucketSampler(Manifest, Components.Weigh(Batching, weights), spec.Seed, new RunScale(steps, share));
    }

    /// <summary>The hash of all that decides a proxy's result, of which <paramref name="spec"/> says what is its own.</summary>
    public string KeyOf(ProxySpec spec)
    {
        var text = new StringBuilder(Settings);
        text.Append(CultureInfo.InvariantCulture, $"seed={spec.Seed} kind={spec.Kind} reference={spec.Reference} group_dro={spec.GroupDro?.StepSize:R},{spec.GroupDro?.Smoothing:R} trunk={spec.Trunk} is_trunk={spec.IsTrunk} keeps_model={spec.KeepsModel}");
        foreach (var (name, weight) in spec.Weights.OrderBy(weight => weight.Key, StringComparer.Ordinal))
        {
            text.Append(CultureInfo.InvariantCulture, $" {name.Length}:{name}={weight:R}");
        }

        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())).AsSpan(0, 12));
    }

    // The run's way to order lengths and fill rows, in the proxies' steps and without limits.
    private BatchingConfig Batching => Config.Batching with
    {
        TokensPerStep = Mix.Proxy.TokensPerStep,
        MaxTokensPerPass = 0,
        Passes = 1,
        Phases = [],
        MaxEpochs = 0,
        MaxEpochsBySource = new Dictionary<string, int>(),
    };

    private string MakeSettings()
    {
        // What says only where and beside how many others a proxy is trained is no part of it.
        var proxy = Mix.Proxy with { Places = 0, Store = string.Empty, CheckpointEvery = TimeSpan.Zero };
        var init = Mix.Proxy.InitFrom.Length == 0 ? string.Empty : InitialWeights.Open(Mix.Proxy.InitFrom, Tokenizer).Manifest.Digest;
        var components = string.Join(' ', Components.All.Select(component => $"{component.Name.Length}:{component.Name}={component.Tokens}"));
        var documents = StageRecord.HashOf([.. Documents.Select(document => document.Id)]);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"""
            {Format}
            shards: {Manifest.ManifestHash}
            tokenizer: {Convert.ToHexStringLower(Tokenizer.Hash)}
            target_tokens: {TargetTokensOf(Config, Manifest)}
            init: {init}
            fused_kernels: {Config.Training.FusedKernels}
            libtorch: {torch.version}
            components: {components}
            documents: {documents}
            {ConfigurationFile.Write(new BatchingOf { Batching = Batching })}{ConfigurationFile.Write(Mix.Objective)}{ConfigurationFile.Write(proxy)}

            """);
    }

    /// <summary>Writes a batching with its type.</summary>
    private sealed record BatchingOf : IConfigSection
    {
        public required BatchingConfig Batching { get; init; }

        public void Validate(string path, ConfigurationErrors errors)
        {
        }
    }
}
