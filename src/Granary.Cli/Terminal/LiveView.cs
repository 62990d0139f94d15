using Granary.Core.Progress;
using Granary.Core.Runs;

namespace Granary.Cli.Terminal;

/// <summary>
/// A terminal: finished stages stay as lines, and below them a block is drawn anew a few times a second, with the task
/// at hand, or the step, the rate, the time left and the loss curve.
/// </summary>
internal sealed class LiveView : IRunView
{
    private const string Bold = "\e[1m";
    private const string Green = "\e[32m";
    private const string Yellow = "\e[33m";
    private const string Dim = "\e[2m";
    private const string Plain = "\e[0m";
    private const string ClearBelow = "\e[J";
    private const int CurveHeight = 8;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    private readonly TextWriter _output;
    private readonly Func<int> _width;
    private readonly TimeProvider _time;
    private readonly ProgressRate _rate;
    private readonly StepClock _clock;
    private readonly Lock _lock = new(); // guards everything below: readers report from their own threads
    private readonly List<double> _losses = [];
    private long _lastDraw;
    private int _blockLines;

    public LiveView(TextWriter output, Func<int> width, TimeProvider time)
    {
        _output = output;
        _width = width;
        _time = time;
        _rate = new ProgressRate(time);
        _clock = new StepClock(time);
    }

    public void BeginStage(string name, string purpose)
    {
        lock (_lock)
        {
            Draw([$"{Bold}{name}{Plain} {Dim}{purpose}{Plain}"]);
        }
    }

    public void EndStage(string name, string summary, bool wasSkipped)
    {
        lock (_lock)
        {
            if (_losses.Count > 1)
            {
                Keep(LossCurve.Draw(_losses, CurveWidth(), CurveHeight));
                _losses.Clear();
            }

            Keep([wasSkipped ? $"{Dim}= {name}{Plain} {Dim}unchanged: {summary}{Plain}" : $"{Green}\u2713{Plain} {Bold}{name}{Plain} {summary}"]);
        }
    }

    public void Say(string line)
    {
        lock (_lock)
        {
            Keep([$"  {line}"]);
        }
    }

    public void Warn(string line)
    {
        lock (_lock)
        {
            Keep([$"{Yellow}! {line}{Plain}"]);
        }
    }

    public void Show(string sentence, IReadOnlyList<string> lines)
    {
        lock (_lock)
        {
            Draw(lines);
        }
    }

    public void Report(ProgressUpdate value)
    {
        lock (_lock)
        {
            var (perSecond, left) = _rate.Take(value);
            if (IsDue())
            {
                Draw([$"  {Bar(value)}{Phrases.Line(value, perSecond, left)}"]);
            }
        }
    }

    public void Write(RunEvent reported)
    {
        lock (_lock)
        {
            switch (reported.Kind)
            {
                case "step":
                    _losses.Add(reported.Numbers["loss"]);
                    var left = _clock.Left(reported);
                    if (IsDue())
                    {
                        Draw([.. LossCurve.Draw(_losses, CurveWidth(), CurveHeight), $"  {Phrases.Step(reported, left)}"]);
                    }

                    break;
                case "skip":
                    Warn($"step {reported.Step}: loss {reported.Numbers["loss"]} or gradient norm {reported.Numbers["gradient_norm"]} is not finite; the update is left out ({reported.Texts["documents"]})");
                    break;
                case "warning":
                    Warn(reported.Texts["reason"]);
                    break;
            }
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            Draw([]);
            _output.Flush();
        }
    }

    private static string Bar(ProgressUpdate update)
    {
        const int width = 20;
        if (update.Total <= 0)
        {
            return string.Empty;
        }

        var full = (int)(Math.Clamp(update.Done / update.Total, 0, 1) * width);
        return $"{new string('\u2588', full)}{Dim}{new string('\u2591', width - full)}{Plain} ";
    }

    private static string Fitted(string line, int width)
    {
        var visible = 0;
        for (var index = 0; index < line.Length; index++)
        {
            if (line[index] == '\e')
            {
                index = line.IndexOf('m', index);
            }
            else if (++visible > width)
            {
                return line[..index] + Plain;
            }
        }

        return line;
    }

    private int CurveWidth()
    {
        return Math.Clamp(_width() - 12, 10, 90);
    }

    private bool IsDue()
    {
        return _lastDraw == 0 || _time.GetElapsedTime(_lastDraw) >= Pause;
    }

    // Lines that stay: the block goes and is drawn again below them by the next update.
    private void Keep(IEnumerable<string> lines)
    {
        Draw([]);
        foreach (var line in lines)
        {
            _output.WriteLine(line);
        }

        _output.Flush();
    }

    private void Draw(IReadOnlyList<string> lines)
    {
        if (_blockLines > 0)
        {
            _output.Write($"\e[{_blockLines}A\r{ClearBelow}");
        }

        // A line that wraps would make the block taller than the lines that are counted.
        foreach (var line in lines)
        {
            _output.WriteLine(Fitted(line, Math.Max(20, _width() - 1)));
        }

        _output.Flush();
        _blockLines = lines.Count;
        _lastDraw = _time.GetTimestamp();
    }
}
