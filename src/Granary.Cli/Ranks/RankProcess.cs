using System.Diagnostics;

namespace Granary.Cli.Ranks;

/// <summary>A started rank: its lines go to the relay as they come, and its end is a task.</summary>
internal sealed class RankProcess : IDisposable
{
    private readonly Process _process;
    private readonly int _rank;
    private readonly RankRelay _relay;

    private RankProcess(Process process, int rank, RankRelay relay)
    {
        _process = process;
        _rank = rank;
        _relay = relay;
        process.OutputDataReceived += (_, line) => Take(line.Data, relay.TakeOutput);
        process.ErrorDataReceived += (_, line) => Take(line.Data, relay.TakeError);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        Ended = EndAsync();
    }

    /// <summary>How the rank ended, once it has and all its lines have been taken.</summary>
    public Task<RankEnding> Ended { get; }

    /// <summary>Whether the launcher has asked it to end for another rank's sake.</summary>
    public bool WasStopped { get; private set; }

    /// <summary>Starts a rank. Its standard input stays open until this is disposed or this process ends.</summary>
    public static RankProcess Start(ProcessStartInfo start, int rank, RankRelay relay)
    {
        return new RankProcess(Process.Start(start)!, rank, relay);
    }

    /// <summary>Asks the rank to save and end, as at Ctrl-C.</summary>
    public void Interrupt()
    {
        if (!_process.HasExited)
        {
            RankSignals.Terminate(_process.Id);
        }
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
        if (!_process.HasExited)
        {
            WasStopped = true;
            RankSignals.Kill(_process.Id);
        }
    }

    public void Dispose()
    {
        Kill();
        _process.Dispose();
    }

    private void Take(string? line, Action<int, string> taken)
    {
        if (line is not null)
        {
            taken(_rank, line);
        }
    }

    private async Task<RankEnding> EndAsync()
    {
        // Waits for the end of both outputs too.
        await _process.WaitForExitAsync();
        return _relay.EndingOf(_rank, _process.ExitCode, WasStopped);
    }
}
