using System.Diagnostics;
using Granary.Cli.Jobs;

namespace Granary.Cli.Ranks;

/// <summary>A started rank: its lines go to the relay as they come, and its end is a task.</summary>
internal sealed class RankProcess : IDisposable
{
    private readonly ChildProcess _process;
    private readonly int _rank;
    private readonly RankRelay _relay;

    private RankProcess(ChildProcess process, int rank, RankRelay relay)
    {
        _process = process;
        _rank = rank;
        _relay = relay;
        Ended = EndAsync();
    }

    /// <summary>How the rank ended, once it has and all its lines have been taken.</summary>
    public Task<RankEnding> Ended { get; }

    /// <summary>Whether the launcher has asked it to end for another rank's sake.</summary>
    public bool WasStopped { get; private set; }

    /// <summary>Starts a rank. Its standard input stays open until this is disposed or this process ends.</summary>
    public static RankProcess Start(ProcessStartInfo start, int rank, RankRelay relay)
    {
        return new RankProcess(ChildProcess.Start(start, line => relay.TakeOutput(rank, line), line => relay.TakeError(rank, line)), rank, relay);
    }

    /// <summary>Asks the rank to save and end, as at Ctrl-C.</summary>
    public void Interrupt()
    {
        _process.Terminate();
    }

    /// <summary>Asks the rank to end because another one has failed.</summary>
    public void Stop()
    {
        WasStopped |= !_process.HasExited;
        Interrupt();
    }

    /// <summary>Ends the rank.</summary>
    public void Kill()
    {
        WasStopped |= !_process.HasExited;
        _process.Kill();
    }

    public void Dispose()
    {
        Kill();
        _process.Dispose();
    }

    private async Task<RankEnding> EndAsync()
    {
        var code = await _process.Ended;
        return _relay.EndingOf(_rank, code, WasStopped);
    }
}
