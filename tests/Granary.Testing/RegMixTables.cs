namespace Granary.Testing;

/// <summary>RegMix's tables of real proxy runs (tests/golden/regmix): the paths of a mixture table and of its losses.</summary>
public static class RegMixTables
{
    /// <summary>512 runs of 1M parameters, meant for fitting.</summary>
    public static (string Mixtures, string Losses) Train1M { get; } = Pair("train", "1m");

    /// <summary>256 further runs of 1M parameters.</summary>
    public static (string Mixtures, string Losses) Test1M { get; } = Pair("test", "1m");

    /// <summary>256 runs of 60M parameters, on the mixtures of <see cref="Test1M"/>.</summary>
    public static (string Mixtures, string Losses) Test60M { get; } = Pair("test", "60m");

    /// <summary>64 runs of 1B parameters, on mixtures of their own.</summary>
    public static (string Mixtures, string Losses) Test1B { get; } = Pair("test", "1B");

    private static (string Mixtures, string Losses) Pair(string part, string size)
    {
        return (PathOf($"{part}_mixture_{size}.csv"), PathOf($"{part}_pile_loss_{size}.csv"));
    }

    private static string PathOf(string file)
    {
        return Repository.PathOf("tests", "golden", "regmix", file);
    }
}
