using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;

namespace Granary.Distributed.Ranks.Tests;

/// <summary>A rank in a process of its own.</summary>
internal sealed class RankProcess : IDisposable
{
    private readonly Process _process;
    private readonly BlockingCollection<string> _lines = [];
    private readonly Task _reading;
    private readonly Task<string> _error;
    private string _last = string.Empty; // written by the reader, read after it has ended

    private RankProcess(Process process)
    {
        _process = process;
        _reading = Task.Factory.StartNew(Read, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        _error = process.StandardError.ReadToEndAsync();
    }

    /// <summary>Starts all ranks of a run.</summary>
    internal static List<RankProcess> StartAll(RankProgram.Part part, int ranks, int port, TimeSpan timeout)
    {
        return [.. Enumerable.Range(0, ranks).Select(rank => Start([part.ToString(), .. new[] { rank, ranks, port, (int)timeout.TotalSeconds }.Select(number => number.ToString(CultureInfo.InvariantCulture))]))];
    }

    /// <summary>Waits for a line.</summary>
    internal void WaitFor(string line)
    {
        Assert.That(_lines.GetConsumingEnumerable().Any(said => said == line), Is.True, () => $"The rank ended before it said '{line}': {_error.Result}");
    }

    /// <summary>SIGKILL: the process has no say in it.</summary>
    internal void Kill() => _process.Kill();

    /// <summary>Sends a signal by its name.</summary>
    internal void Signal(string name)
    {
        using var kill = Process.Start("sh", ["-c", $"kill -{name} {_process.Id}"]);
        kill.WaitForExit();
    }

    /// <summary>The exit code, the last line and what was said of a failure; fails where the process does not end in time.</summary>
    internal (int Code, string Last, string Error) EndWithin(TimeSpan time)
    {
        if (!_process.WaitForExit(time))
        {
            _process.Kill();
            Assert.Fail($"The rank hung for {time.TotalSeconds:0} s behind '{_last}'.");
        }

        _reading.GetAwaiter().GetResult();
        return (_process.ExitCode, _last, _error.GetAwaiter().GetResult());
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            _process.WaitForExit();
        }

        _reading.GetAwaiter().GetResult();
        _process.Dispose();
        _lines.Dispose();
    }

    private static RankProcess Start(string[] arguments)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!, ["exec", typeof(RankProgram).Assembly.Location, .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        start.Environment["DOTNET_TieredPGO"] = "0"; // short lives: less to compile
        start.Environment["DOTNET_DbgEnableMiniDump"] = "0";
        return new RankProcess(Process.Start(start)!);
    }

    private void Read()
    {
        while (_process.StandardOutput.ReadLine() is { } line)
        {
            _last = line;
            _lines.Add(line);
        }

        _lines.CompleteAdding();
    }
}
