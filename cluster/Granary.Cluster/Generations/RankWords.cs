using System.Globalization;
using System.Text;
using Granary.Core.Runs;

namespace Granary.Cluster.Generations;

/// <summary>What a rank, or other work, says line by line: how far it is, and why it ended.</summary>
public sealed class RankWords
{
    /// <summary>What the failure of a rank begins with that only ended because another one did.</summary>
    public const string MissedPeer = "It missed another rank.";

    private const string Mark = "granary: ";
    private const int MostCharacters = 600;
    private const int MostShown = 200;

    private readonly Lock _lock = new(); // guards the rest: the lines of the two outputs come on threads of their own
    private RankProgress _progress = new("start", 0);
    private string _last = string.Empty;
    private string? _shown;
    private bool _hasMissedPeer;

    /// <summary>How far it is.</summary>
    public RankProgress Progress
    {
        get
        {
            lock (_lock)
            {
                return _progress;
            }
        }
    }

    /// <summary>What is to be shown of it: how far it is where it says so, else its last line; null before it has said anything.</summary>
    public string? Shown
    {
        get
        {
            lock (_lock)
            {
                return _shown;
            }
        }
    }

    /// <summary>Takes a line of either output.</summary>
    public void Take(string line)
    {
        lock (_lock)
        {
            if (RunEvent.TryParse(Encoding.UTF8.GetBytes(line)) is { } reported)
            {
                Take(reported);
                _shown = _progress.ToString();
            }
            else if (line.Length > 0)
            {
                // Of what is long only the beginning is ever told.
                _last = line.StartsWith(Mark, StringComparison.Ordinal) ? line[Mark.Length..] : _last.Length == 0 ? line : _last.Length > MostCharacters ? _last : $"{_last}\n{line}";
                _shown = line[..Math.Min(line.Length, MostShown)];
            }
        }
    }

    /// <summary>Why it ended, for the one who reads the generation's end.</summary>
    public string FailureOf(int exitCode)
    {
        lock (_lock)
        {
            var text = string.Create(CultureInfo.InvariantCulture, $"{(_hasMissedPeer ? $"{MissedPeer} " : string.Empty)}It ended with '{exitCode}' at {_progress}. {(_last.Length > 0 ? $"It said last: {_last}" : "It said nothing.")}");
            return text.Length > MostCharacters ? text[..MostCharacters] : text;
        }
    }

    private void Take(RunEvent reported)
    {
        switch (reported.Kind)
        {
            case "stage_begin":
                _progress = _progress with { Phase = reported.Texts.GetValueOrDefault("stage", "stage").Replace(',', ' '), Detail = null };
                break;
            case "step" or "skip":
                _progress = _progress with { Step = reported.Step + 1 ?? _progress.Step, Detail = null };
                break;
            case "evaluation" or "checkpoint":
                _progress = _progress with { Step = Math.Max(_progress.Step, reported.Step ?? 0), Detail = $"{reported.Kind} of step {reported.Step}" };
                break;
            case "progress" when reported.Texts.GetValueOrDefault("task") == _progress.Phase:
                _progress = _progress with { Step = (long)reported.Numbers.GetValueOrDefault("done"), Detail = null };
                break;
            case "progress":
                _progress = _progress with { Detail = string.Create(CultureInfo.InvariantCulture, $"{reported.Texts.GetValueOrDefault("task")} {reported.Numbers.GetValueOrDefault("done"):0}/{reported.Numbers.GetValueOrDefault("total"):0}") };
                break;
            case "lost_peer":
                _hasMissedPeer = true;
                break;
        }
    }
}
