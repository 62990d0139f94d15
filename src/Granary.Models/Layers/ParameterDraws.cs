using Granary.Torch;

namespace Granary.Models.Layers;

/// <summary>
/// Initial values that are drawn at its end, those of several parameters at a time: drawing a billion of them one by one takes
/// a core about ten seconds. Each parameter has a stream of its own, so their bits are the same in any order.
/// </summary>
internal sealed class ParameterDraws : IDisposable
{
    [ThreadStatic]
    private static ParameterDraws? Collecting;

    private readonly List<(Tensor Parameter, Action Draw)> _draws = [];
    private readonly bool _isOuter = Collecting is null;

    private ParameterDraws()
    {
        Collecting ??= this;
    }

    /// <summary>Begins to collect what this thread draws; inside of another that is left to the outer one.</summary>
    internal static ParameterDraws Begin() => new();

    /// <summary>Draws a parameter, now or at the end of what collects.</summary>
    internal static void Add(Tensor parameter, Action draw)
    {
        if (Collecting is { } collecting)
        {
            collecting._draws.Add((parameter, draw));
            return;
        }

        draw();
    }

    public void Dispose()
    {
        if (!_isOuter)
        {
            return;
        }

        Collecting = null;

        // The largest first, so that none is left over for one thread at the end.
        var draws = _draws.OrderByDescending(entry => entry.Parameter.numel()).Select(entry => entry.Draw).ToList();
        Parallel.ForEach(draws, new ParallelOptions { MaxDegreeOfParallelism = torch.get_num_threads() }, draw => draw());
    }
}
