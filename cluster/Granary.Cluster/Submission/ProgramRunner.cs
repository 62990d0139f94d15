using System.Diagnostics;

namespace Granary.Cluster.Submission;

/// <summary>Calls a scheduler's own programs: each argument goes to the program as it is, and no shell sees any of them.</summary>
internal sealed class ProgramRunner
{
    /// <summary>Longer than a busy scheduler takes to answer.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(2);

    private readonly IReadOnlyDictionary<string, string> _environment;
    private readonly TimeProvider _time;

    /// <summary>Finds programs on the environment's PATH and gives them that environment.</summary>
    public ProgramRunner(IReadOnlyDictionary<string, string> environment, TimeProvider time)
    {
        _environment = environment;
        _time = time;
    }

    /// <summary>The environment that programs are given.</summary>
    public IReadOnlyDictionary<string, string> Environment => _environment;

    /// <summary>The file of a program on PATH; null where there is none.</summary>
    public string? Find(string program)
    {
        return _environment.GetValueOrDefault("PATH", string.Empty)
            .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Select(folder => Path.Combine(folder, program))
            .FirstOrDefault(File.Exists);
    }

    /// <summary>Runs a program to its end, or kills it after two minutes.</summary>
    /// <exception cref="SubmissionException">There is no such program on PATH.</exception>
    public async Task<ProgramResult> RunAsync(string run, string program, IReadOnlyList<string> arguments, CancellationToken cancellationToken, string? input = null)
    {
        using var process = Start(run, program, arguments);
        var (output, error) = (process.StandardOutput.ReadToEndAsync(cancellationToken), process.StandardError.ReadToEndAsync(cancellationToken));
        await FeedAsync(process, input, cancellationToken);
        using var limit = new CancellationTokenSource(Longest, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            await process.WaitForExitAsync(either.Token);
            return new ProgramResult(process.ExitCode, await output, await error);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            cancellationToken.ThrowIfCancellationRequested();
            return new ProgramResult(null, string.Empty, string.Empty);
        }
    }

    /// <summary>Starts a program whose lines the caller reads.</summary>
    /// <exception cref="SubmissionException">There is no such program on PATH.</exception>
    public Process Start(string run, string program, IReadOnlyList<string> arguments)
    {
        var file = Find(program)
            ?? throw new SubmissionException(run, $"The program '{program}' is not on PATH. Submit where the scheduler's own commands are installed, or use --dry-run to see what would be submitted.");
        var start = new ProcessStartInfo(file, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        start.Environment.Clear();
        foreach (var (name, value) in _environment)
        {
            start.Environment[name] = value;
        }

        return Process.Start(start)!;
    }

    private static async Task FeedAsync(Process process, string? input, CancellationToken cancellationToken)
    {
        try
        {
            if (input is not null)
            {
                await process.StandardInput.WriteAsync(input.AsMemory(), cancellationToken);
            }

            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It ended without reading all of it, and says why by its exit code.
        }
    }
}
