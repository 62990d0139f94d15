using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using Granary.Testing;

namespace Granary.EndToEnd.Tests;

/// <summary>The program as its users have it: a process of its own, in a folder, with its output read as it comes.</summary>
internal sealed class GranaryProcess : IDisposable
{
    // Far above what any command here takes on a loaded machine; a hung one must not hang the suite.
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(4);

    private readonly Process _process;
    private readonly BlockingCollection<string> _lines = [];
    private readonly StringBuilder _output = new(); // written by the reader of the output, read after it has ended
    private readonly Task _outputEnd;
    private readonly Task<string> _error;

    private GranaryProcess(ProcessStartInfo start)
    {
        _process = Process.Start(start)!;
        _process.StandardInput.Close();
        _outputEnd = Task.Factory.StartNew(ReadOutput, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        _error = _process.StandardError.ReadToEndAsync();
    }

    /// <summary>The process's number.</summary>
    public int Id => _process.Id;

    /// <summary>The program's file, as the build of these tests left it.</summary>
    public static string Program { get; } = FindProgram();

    /// <summary>Runs a command to its end.</summary>
    public static GranaryResult Run(string folder, params string[] arguments)
    {
        using var process = Start(folder, arguments);
        return process.WaitForEnd();
    }

    /// <summary>Runs any other program to its end, the same way.</summary>
    public static GranaryResult RunOther(string program, string folder, params string[] arguments)
    {
        using var process = new GranaryProcess(StartInfo(program, folder, arguments));
        return process.WaitForEnd();
    }

    /// <summary>Starts any other program, the same way.</summary>
    public static GranaryProcess StartOther(string program, string folder, params string[] arguments)
    {
        return new GranaryProcess(StartInfo(program, folder, arguments));
    }

    /// <summary>Starts a command.</summary>
    public static GranaryProcess Start(string folder, params string[] arguments)
    {
        return new GranaryProcess(StartInfo(Program, folder, arguments));
    }

    /// <summary>Starts a command with variables in its environment.</summary>
    public static GranaryProcess StartWith(IReadOnlyDictionary<string, string> variables, string folder, params string[] arguments)
    {
        var start = StartInfo(Program, folder, arguments);
        foreach (var (name, value) in variables)
        {
            start.Environment[name] = value;
        }

        return new GranaryProcess(start);
    }

    /// <summary>Reads lines until one is as wanted; null when the process ended before.</summary>
    public string? WaitForLine(Predicate<string> isWanted)
    {
        return _lines.GetConsumingEnumerable().FirstOrDefault(line => isWanted(line));
    }

    /// <summary>Whether the process ends by itself within a time.</summary>
    public bool EndsWithin(TimeSpan time)
    {
        return _process.WaitForExit(time);
    }

    /// <summary>SIGKILL: the process has no say in it.</summary>
    public void Kill()
    {
        _process.Kill();
    }

    /// <summary>SIGINT, as Ctrl-C sends it.</summary>
    public void Interrupt() => Send(signal: 2);

    /// <summary>SIGTERM, as a machine that goes down sends it.</summary>
    public void Terminate() => Send(signal: 15);

    /// <summary>Waits for the end and gives everything that was written.</summary>
    public GranaryResult WaitForEnd()
    {
        if (!_process.WaitForExit(Longest))
        {
            _process.Kill();
            Assert.Fail($"'{_process.StartInfo.FileName} {string.Join(' ', _process.StartInfo.ArgumentList)}' did not end within {Longest}.");
        }

        _outputEnd.GetAwaiter().GetResult();
        return new GranaryResult(_process.ExitCode, _output.ToString(), _error.GetAwaiter().GetResult());
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            _process.WaitForExit();
        }

        _outputEnd.GetAwaiter().GetResult();
        _process.Dispose();
        _lines.Dispose();
    }

    // By a call, not by a program: what is to be interrupted may be over before one has started.
    private void Send(int signal)
    {
        Assert.That(kill(_process.Id, signal), Is.Zero, "the process is gone");
    }

    [DllImport("libc", SetLastError = true)]
    private static extern int kill(int process, int signal);

    private static ProcessStartInfo StartInfo(string program, string folder, string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        start.Environment["DOTNET_TieredPGO"] = "0"; // short lives: less to compile
        return start;
    }

    private static string FindProgram()
    {
        string[] places =
        [
            Repository.PathOf("artifacts", "bin", "Granary.Cli", Path.GetFileName(AppContext.BaseDirectory.TrimEnd('/')), "granary"),
            Path.Combine(AppContext.BaseDirectory, "granary"),
        ];
        return places.FirstOrDefault(File.Exists)
            ?? throw new FileNotFoundException($"The program is not built: there is no '{places[0]}'. Build Training.sln first.");
    }

    private void ReadOutput()
    {
        while (_process.StandardOutput.ReadLine() is { } line)
        {
            _output.Append(line).Append('\n');
            _lines.Add(line);
        }

        _lines.CompleteAdding();
    }
}
