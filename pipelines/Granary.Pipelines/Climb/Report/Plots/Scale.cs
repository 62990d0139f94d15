using System.Globalization;

namespace Granary.Pipelines.Climb.Report.Plots;

/// <summary>Maps values to places along an axis, with ticks at round values.</summary>
internal sealed class Scale
{
    private const double Margin = 0.05; // of the span, on either side
    private const int MostTicks = 9; // and four or more

    private readonly double _low;
    private readonly double _high;
    private readonly double _start;
    private readonly double _end;
    private readonly int _decimals;

    /// <summary>A scale for values from one to another, between two places; equal values get room around them.</summary>
    public Scale(double low, double high, double start, double end)
    {
        var room = high > low ? Margin * (high - low) : Math.Max(Math.Abs(low) * Margin, 1e-6);
        (_low, _high, _start, _end) = (low - room, high + room, start, end);
        var step = RoundStep((_high - _low) / MostTicks);
        _decimals = Math.Max(0, -(int)Math.Floor(Math.Log10(step) + 1e-9));
        Ticks = [.. TicksOf(step)];
    }

    /// <summary>Round values on the scale, rising.</summary>
    public IReadOnlyList<double> Ticks { get; }

    /// <summary>Whether a value lies on the scale.</summary>
    public bool Holds(double value) => value >= _low && value <= _high;

    /// <summary>The place of a value; of one beyond the scale, the nearer end.</summary>
    public double At(double value)
    {
        return _start + ((_end - _start) * (Math.Clamp(value, _low, _high) - _low) / (_high - _low));
    }

    /// <summary>A tick's value with as many decimals as tell the ticks apart.</summary>
    public string Label(double tick)
    {
        return tick.ToString($"F{_decimals}", CultureInfo.InvariantCulture);
    }

    // 1, 2 or 5 times a power of ten, at least as large.
    private static double RoundStep(double step)
    {
        var power = Math.Pow(10, Math.Floor(Math.Log10(step)));
        return power * ((double[])[1, 2, 5, 10]).First(factor => factor * power >= step * (1 - 1e-9));
    }

    private IEnumerable<double> TicksOf(double step)
    {
        for (var index = Math.Ceiling(_low / step); index * step <= _high; index++)
        {
            // + 0.0 makes minus zero zero.
            yield return Math.Round(index * step, Math.Min(15, _decimals)) + 0.0;
        }
    }
}
