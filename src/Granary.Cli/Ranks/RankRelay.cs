using System.Text;
using Granary.Cli.Terminal;
using Granary.Core.Progress;
using Granary.Core.Runs;

namespace Granary.Cli.Ranks;

/// <summary>
/// What ranks write becomes what the launcher shows: rank 0's events as if the launcher trained itself, of the others
/// warnings, and every line that is no event with the rank in front.
/// </summary>
internal sealed class RankRelay
{
    private readonly IRunView _view;
    private readonly StringBuilder[] _errors;
    private readonly bool[] _lostPeer;
    private readonly Lock _lock = new(); // guards everything: each rank's lines come on a thread of their own

    public RankRelay(IRunView view, int ranks)
    {
        _view = view;
        _errors = [.. Enumerable.Range(0, ranks).Select(_ => new StringBuilder())];
        _lostPeer = new bool[ranks];
    }

    /// <summary>Steps that rank 0 has reported as done; null before the first.</summary>
    public long? StepsDone { get; private set; }

    /// <summary>Takes a line of a rank's standard output.</summary>
    public void TakeOutput(int rank, string line)
    {
        lock (_lock)
        {
            if (RunEvent.TryParse(Encoding.UTF8.GetBytes(line)) is not { } reported)
            {
                Show(rank, line);
            }
            else if (reported.Kind == ViewEvents.LostPeer)
            {
                _lostPeer[rank] = true;
            }
            else if (rank == 0)
            {
                Relay(reported);
            }
            else if (reported.Kind == ViewEvents.Warning)
            {
                _view.Warn($"[rank {rank}] {reported.Texts["reason"]}");
            }
        }
    }

    /// <summary>Takes a line of a rank's standard error: what the program says at its end is kept for the end.</summary>
    public void TakeError(int rank, string line)
    {
        lock (_lock)
        {
            var error = _errors[rank];
            if (line.StartsWith(Commands.Guard.Mark, StringComparison.Ordinal))
            {
                error.Clear().Append(line.AsSpan(Commands.Guard.Mark.Length));
            }
            else if (error.Length > 0)
            {
                error.Append('\n').Append(line);
            }
            else
            {
                Show(rank, line);
            }
        }
    }

    /// <summary>How a rank ended, once all its lines have been taken.</summary>
    public RankEnding EndingOf(int rank, int exitCode, bool wasStopped)
    {
        lock (_lock)
        {
            return new RankEnding(rank, exitCode, _errors[rank].ToString(), _lostPeer[rank], wasStopped);
        }
    }

    private void Show(int rank, string line)
    {
        if (line.Length > 0)
        {
            _view.Say($"[rank {rank}] {line}");
        }
    }

    private void Relay(RunEvent reported)
    {
        var texts = reported.Texts;
        switch (reported.Kind)
        {
            case ViewEvents.StageBegin:
                _view.BeginStage(texts["stage"], texts["purpose"]);
                break;
            case ViewEvents.StageEnd:
                _view.EndStage(texts["stage"], texts["summary"], reported.Numbers["skipped"] > 0);
                break;
            case ViewEvents.Note:
                _view.Say(texts["text"]);
                break;
            case ViewEvents.Progress:
                _view.Report(new ProgressUpdate(texts["task"], reported.Numbers["done"], reported.Numbers["total"], texts["unit"]));
                break;
            default:
                StepsDone = reported.Kind is "step" or "skip" ? reported.Step + 1 : StepsDone;
                _view.Write(reported);
                break;
        }
    }
}
