using Granary.Core.Randomness;
using Granary.Pipelines.Climb.Mixtures;

namespace Granary.Pipelines.Climb.Simulation;

/// <summary>An endless text in which each symbol depends on the two before it, in windows that are made when they are read.</summary>
internal sealed class MarkovSource
{
    /// <summary>Symbols of the alphabet.</summary>
    public const int Alphabet = 24;

    /// <summary>Symbols of a window.</summary>
    public const int WindowLength = 256;

    // Behind so many symbols the start is forgotten.
    private const int BurnIn = 32;

    private readonly double[][] _cumulative; // a row a pair of symbols
    private readonly RandomKey _key;
    private readonly Dictionary<long, byte[]> _windows = [];

    /// <summary>Creates a source whose rows are Dirichlet(<paramref name="concentration"/>): small ones are predictable.</summary>
    public MarkovSource(double concentration, RandomKey key)
    {
        var even = Enumerable.Repeat(concentration, Alphabet).ToArray();
        _cumulative = [.. Enumerable.Range(0, Alphabet * Alphabet).Select(pair => Cumulative(DirichletDraws.At(even, key.Use("rows").Fold(pair))))];
        _key = key.Use("windows");
    }

    /// <summary>The window with a number; the same each time.</summary>
    public byte[] Window(long number)
    {
        if (!_windows.TryGetValue(number, out var window))
        {
            window = Write(_key.Fold(number));
            _windows.Add(number, window);
        }

        return window;
    }

    private static double[] Cumulative(double[] row)
    {
        var sum = 0.0;
        return Array.ConvertAll(row, probability => sum += probability);
    }

    private byte[] Write(RandomKey key)
    {
        var (before, last) = ((int)key.BelowAt(0, Alphabet), (int)key.BelowAt(1, Alphabet));
        var window = new byte[WindowLength];
        for (var i = -BurnIn; i < WindowLength; i++)
        {
            var row = _cumulative[(before * Alphabet) + last];
            var place = Array.BinarySearch(row, key.DoubleAt(i + BurnIn));
            (before, last) = (last, Math.Min(Alphabet - 1, place < 0 ? ~place : place + 1));
            if (i >= 0)
            {
                window[i] = (byte)last;
            }
        }

        return window;
    }
}
