using Granary.Core.Randomness;
using Granary.Pipelines.Climb.Mixtures;
using Granary.Pipelines.Climb.Search;

namespace Granary.Pipelines.Climb.Simulation;

/// <summary>
/// Corpora that are Markov chains, a model that is trained by counting, and a target that is a known mixture of the corpora:
/// the first half of them in the proportions n : n-1 : ... : 1, nothing of the others, the last of which is noise. With
/// enough text these proportions are the best mixture.
/// </summary>
internal sealed class MarkovWorld : IMixtureWorld
{
    private const long WindowsOfSource = 2_000_000 / MarkovSource.WindowLength;
    private const int Documents = 160;
    private const int Retrainings = 3;

    private readonly MarkovSource[] _sources;
    private readonly IReadOnlyList<byte[]> _validation;
    private readonly IReadOnlyList<byte[]> _test;
    private readonly int _symbols;
    private readonly RandomKey _key;

    /// <summary>Creates a world.</summary>
    /// <param name="components">K, 4 or more.</param>
    /// <param name="symbols">Symbols that a trial trains on.</param>
    /// <param name="seed">Worlds of another seed are others.</param>
    public MarkovWorld(int components, int symbols, long seed)
    {
        _key = RandomKey.FromSeed(seed).Use("markov world");
        _symbols = symbols;
        _sources = [.. Enumerable.Range(0, components).Select(i => new MarkovSource(i == components - 1 ? 5 : 0.06, _key.Use("sources").Fold(i)))];
        var used = components / 2;
        Optimum = [.. Enumerable.Range(0, components).Select(i => i < used ? 2.0 * (used - i) / (used * (used + 1)) : 0)];
        Space = new MixtureSpace([.. _sources.Select((_, i) => new MixtureComponent { Name = $"source{i:D2}", Tokens = WindowsOfSource * MarkovSource.WindowLength, Prior = 1.0 / components })]);

        // Documents are windows behind those that are trained on.
        _validation = DocumentsFrom(WindowsOfSource);
        _test = DocumentsFrom(WindowsOfSource + Documents);
    }

    /// <inheritdoc/>
    public MixtureSpace Space { get; }

    /// <inheritdoc/>
    public IReadOnlyList<double> Optimum { get; }

    /// <inheritdoc/>
    public TrialResult Run(Trial trial)
    {
        var model = Train(trial.Weights, RandomKey.FromSeed(trial.Seed));
        var nats = _validation.Select(document => model.NatsOf(document)).ToArray();
        return new TrialResult
        {
            Id = trial.Id,
            Score = nats.Average() / MarkovSource.WindowLength / Math.Log(2),
            DocumentNats = nats,
            DocumentTokens = [.. _validation.Select(document => (long)document.Length)],
            Tokens = _symbols,
        };
    }

    /// <inheritdoc/>
    public double Test(IReadOnlyList<double> weights)
    {
        return Enumerable.Range(0, Retrainings).Average(i =>
        {
            var model = Train(weights, _key.Use("test").Fold(i));
            return _test.Average(document => model.NatsOf(document)) / MarkovSource.WindowLength / Math.Log(2);
        });
    }

    private CountingModel Train(IReadOnlyList<double> weights, RandomKey key)
    {
        var model = new CountingModel(_symbols);
        var counts = SystematicSampling.Counts(weights, _symbols / MarkovSource.WindowLength, key.DoubleAt(0));
        for (var source = 0; source < counts.Length; source++)
        {
            var first = key.Use("windows").BelowAt(source, WindowsOfSource);
            for (var i = 0; i < counts[source]; i++)
            {
                model.Learn(_sources[source].Window((first + i) % WindowsOfSource));
            }
        }

        return model;
    }

    private IReadOnlyList<byte[]> DocumentsFrom(long first)
    {
        var counts = SystematicSampling.Counts(Optimum, Documents, 0.5);
        return [.. _sources.SelectMany((source, i) => Enumerable.Range(0, counts[i]).Select(document => source.Window(first + document)))];
    }
}
