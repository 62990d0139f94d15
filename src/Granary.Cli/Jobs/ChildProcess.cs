using System.Diagnostics;
using Granary.Cli.Ranks;

namespace Granary.Cli.Jobs;

/// <summary>A started process: its lines are taken as they come, and its end is a task.</summary>
internal sealed class ChildProcess : IDisposable
{
    private readonly Process _process;

    private ChildProcess(Process process, Action<string> takeOutput, Action<string> takeError)
    {
        _process = process;
        process.OutputDataReceived += (_, line) => Take(line.Data, takeOutput);
        process.ErrorDataReceived += (_, line) => Take(line.Data, takeError);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        Ended = EndAsync();
    }

    /// <summary>What the process ended with, once it has and all its lines have been taken; 128 and the number of a signal that ended it.</summary>
    public Task<int> Ended { get; }

    /// <summary>Whether the process is over.</summary>
    public bool HasExited => _process.HasExited;

    /// <summary>Starts a process. Its standard input stays open until this is disposed or this process ends.</summary>
    public static ChildProcess Start(ProcessStartInfo start, Action<string> takeOutput, Action<string> takeError)
    {
        start.RedirectStandardInput = true;
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        start.UseShellExecute = false;
        return new ChildProcess(Process.Start(start)!, takeOutput, takeError);
    }

    /// <summary>Asks the process to save and end, as at Ctrl-C.</summary>
    public void Terminate()
    {
        if (!_process.HasExited)
        {
            RankSignals.Terminate(_process.Id);
        }
    }

    /// <summary>Ends the process and what it has started.</summary>
    public void Kill()
    {
        if (!_process.HasExited)
        {
            RankSignals.Kill(_process.Id);
        }
    }

    public void Dispose()
    {
        Kill();
        _process.Dispose();
    }

    private static void Take(string? line, Action<string> taken)
    {
        if (line is not null)
        {
            taken(line);
        }
    }

    private async Task<int> EndAsync()
    {
        // Waits for the end of both outputs too.
        await _process.WaitForExitAsync();
        return _process.ExitCode;
    }
}
