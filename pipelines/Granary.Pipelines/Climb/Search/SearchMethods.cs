using Granary.Core.Configuration;
using Granary.Pipelines.Climb.Mixtures;

namespace Granary.Pipelines.Climb.Search;

/// <summary>The methods that replays and simulations compare, by name: CLIMB's presets, and the other types.</summary>
public static class SearchMethods
{
    private static readonly OrderedDictionary<string, SearchConfig> Known = new()
    {
        ["robust"] = new ClimbConfig { Preset = SearchPreset.Robust },
        ["paper"] = new ClimbConfig { Preset = SearchPreset.Paper },
        ["curator"] = new ClimbConfig { Preset = SearchPreset.Curator },
        [RegMixConfig.Name] = new RegMixConfig(),
        [RandomConfig.Name] = new RandomConfig(),
        [UniformConfig.Name] = new UniformConfig(),
        [NaturalConfig.Name] = new NaturalConfig(),
        [BestSingleConfig.Name] = new BestSingleConfig(),
        [MixMinSearchConfig.Name] = new MixMinSearchConfig(),
        [DoReMiConfig.Name] = new DoReMiConfig(),
    };

    /// <summary>The names.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. Known.Keys];

    /// <summary>Whether a method is a file's.</summary>
    public static bool IsFile(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return name.EndsWith(".yaml", StringComparison.Ordinal);
    }

    /// <summary>A method with its own defaults, or as a file holds it: a section `search` by itself, with a name that ends in .yaml.</summary>
    /// <exception cref="ConfigurationException">The file cannot be used.</exception>
    /// <exception cref="ArgumentException">There is none of the name.</exception>
    public static SearchConfig Of(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (IsFile(name))
        {
            var search = ConfigurationFile.Load<SearchConfig>(name, []);
            return search.Caps == new CapsConfig()
                ? search
                : throw new ConfigurationException(name, ["The file sets 'caps', but in tables and made-up worlds no component has an amount that could bound its weight. Leave 'caps' out."]);
        }

        return Known.TryGetValue(name, out var config) ? config : throw new ArgumentException($"No method is named '{name}'. Known: '{string.Join("', '", Names)}'.", nameof(name));
    }
}
