using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Granary.Core.Configuration;
using Granary.Core.Randomness;
using Granary.Pipelines.Climb.Mixtures;

namespace Granary.Pipelines.Climb.Search;

/// <summary>Makes a search's trials and names each by its content, in which components stand by name.</summary>
internal sealed class TrialWriter
{
    private readonly MixtureSpace _space;
    private readonly string _settings;
    private readonly RandomKey _seeds;

    /// <summary>Creates the writer; trials of other settings, components or seeds have other ids.</summary>
    public TrialWriter(SearchConfig config, MixtureSpace space, long seed)
    {
        _space = space;
        _seeds = RandomKey.FromSeed(seed).Use("trials");
        _settings = string.Create(CultureInfo.InvariantCulture, $"{ConfigurationFile.Write(config)}seed {seed}\n");
    }

    /// <summary>A trial.</summary>
    /// <param name="round">The round, from 1.</param>
    /// <param name="index">The place in it, from 0.</param>
    /// <param name="weights">The mixture.</param>
    /// <param name="origin">Why it is tried.</param>
    /// <param name="repeat">Trials of one number share their seed and differ in their mixture alone; 0 is the usual one.</param>
    public Trial Write(int round, int index, IReadOnlyList<double> weights, TrialOrigin origin, int repeat = 0)
    {
        return Named(new Trial { Id = string.Empty, Round = round, Index = index, Weights = weights, Origin = origin, Seed = _seeds.Fold(repeat).ToSeed() });
    }

    /// <summary>A trial with the id that its content has.</summary>
    public Trial Named(Trial trial)
    {
        var content = new StringBuilder(_settings);
        content.Append(CultureInfo.InvariantCulture, $"{trial.Round} {trial.Index} {trial.Kind} {trial.Seed} {trial.Reference}\n");
        foreach (var (component, weight, most) in _space.Components.Zip(trial.Weights, _space.MaxWeights).OrderBy(entry => entry.First.Name, StringComparer.Ordinal))
        {
            content.Append(CultureInfo.InvariantCulture, $"{component.Name} {component.Tokens} {component.Prior:R} {most:R} {weight:R}\n");
        }

        return trial with { Id = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(content.ToString())).AsSpan(0, 8)) };
    }
}
