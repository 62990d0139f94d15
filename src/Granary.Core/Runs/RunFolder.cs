using System.Globalization;
using Granary.Core.Configuration;
using Granary.Core.Files;

namespace Granary.Core.Runs;

/// <summary>The folder of one run: where everything lies, and who may write to it.</summary>
public sealed class RunFolder : IDisposable
{
    private const string LockName = ".lock";
    private const string OwnerName = ".owner";
    private const string CheckpointPrefix = "step-";

    // Workers of a cluster and proxies of a search write there whoever holds the claim; who uses these folders clears them.
    private static readonly string[] WrittenByOthers = ["stages/tokens/", "stages/mix/proxies/"];

    // Holds the operating system's lock, which goes with the process however it ends; null for a folder that is only read.
    private readonly FileStream? _lock;

    private RunFolder(string path, FileStream? held)
    {
        Path = System.IO.Path.GetFullPath(path);
        _lock = held;
    }

    /// <summary>The folder's full path.</summary>
    public string Path { get; }

    /// <summary>The resolved configuration, which can be run again.</summary>
    public string ConfigPath => System.IO.Path.Combine(Path, "config.yaml");

    /// <summary>The run's events, one JSON object a line.</summary>
    public string EventsPath => System.IO.Path.Combine(Path, "events.jsonl");

    /// <summary>The folder of checkpoints.</summary>
    public string CheckpointsPath => System.IO.Path.Combine(Path, "checkpoints");

    /// <summary>The file that names the latest checkpoint.</summary>
    public string LatestPath => System.IO.Path.Combine(Path, "latest");

    /// <summary>The folder of exported models.</summary>
    public string ExportPath => System.IO.Path.Combine(Path, "export");

    /// <summary>The run's report for people.</summary>
    public string ReportPath => System.IO.Path.Combine(Path, "report.html");

    /// <summary>Checks a run's name, which is its folder's.</summary>
    public static void CheckName(string name, string path, ConfigurationErrors errors)
    {
        errors.Require(
            name.Length is > 0 and <= 64 && char.IsAsciiLetterOrDigit(name[0]) && name.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '.' or '_' or '-'),
            path,
            name,
            "1 to 64 letters, digits, '.', '_' or '-', beginning with a letter or digit");
    }

    /// <summary>The folder as it is, without a claim on it: for readers, and for ranks whose launcher holds the claim.</summary>
    public static RunFolder At(string path)
    {
        return new RunFolder(path, held: null);
    }

    /// <summary>
    /// Creates the folder, or takes up the run that is in it, and keeps every other process from doing so until this
    /// is disposed or the process ends. <paramref name="configuration"/> is the resolved configuration's text.
    /// </summary>
    /// <param name="path">The folder.</param>
    /// <param name="configuration">The text that the folder keeps, or must mean the same as the one it keeps.</param>
    /// <param name="resolve">Reads a text that is there and writes it out in full: a run of before a section existed means the section's defaults. Without it texts are compared as they are.</param>
    /// <exception cref="ConfigurationException">Another run, or something that is no run, is in the folder.</exception>
    /// <exception cref="RunInUseException">Another process uses the run.</exception>
    public static RunFolder Claim(string path, string configuration, Func<string, string>? resolve = null)
    {
        if (File.Exists(path))
        {
            throw new ConfigurationException(path, ["A run needs a folder, but a file has this name. Choose another name for the run."]);
        }

        RefuseForeignFolder(path);
        Directory.CreateDirectory(path);
        var folder = new RunFolder(path, TakeLock(path));
        try
        {
            folder.KeepConfiguration(configuration, resolve);
            folder.RemoveLeftovers();
            File.WriteAllText(
                System.IO.Path.Combine(path, OwnerName),
                string.Create(CultureInfo.InvariantCulture, $"process {Environment.ProcessId} on {Environment.MachineName}"));
            return folder;
        }
        catch
        {
            folder.Dispose();
            throw;
        }
    }

    /// <summary>The folder of a stage.</summary>
    public string StagePath(string stage)
    {
        return System.IO.Path.Combine(Path, "stages", stage);
    }

    /// <summary>The folder of the checkpoint after a step: checkpoints/step-00001234.</summary>
    public string CheckpointPath(long step)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(step);
        return System.IO.Path.Combine(CheckpointsPath, string.Create(CultureInfo.InvariantCulture, $"{CheckpointPrefix}{step:D8}"));
    }

    /// <summary>The step in the name of a checkpoint's folder; null when the name is not of that form.</summary>
    public static long? StepOf(string checkpointPath)
    {
        var name = System.IO.Path.GetFileName(checkpointPath);
        return name.StartsWith(CheckpointPrefix, StringComparison.Ordinal)
            && long.TryParse(name.AsSpan(CheckpointPrefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var step)
            ? step
            : null;
    }

    /// <summary>Ends the claim.</summary>
    public void Dispose()
    {
        _lock?.Dispose();
    }

    private static void RefuseForeignFolder(string path)
    {
        if (!Directory.Exists(path) || File.Exists(System.IO.Path.Combine(path, "config.yaml")))
        {
            return;
        }

        // A run that was killed while it was created has left its lock and nothing else.
        var foreign = Directory.EnumerateFileSystemEntries(path)
            .Select(System.IO.Path.GetFileName)
            .FirstOrDefault(name => name is not (LockName or OwnerName) && !name!.Contains(AtomicFile.TemporaryMark, StringComparison.Ordinal));
        if (foreign is not null)
        {
            throw new ConfigurationException(path, [$"The folder holds '{foreign}' but no config.yaml, so it is not a run. Choose another name for the run, or empty the folder."]);
        }
    }

    private static FileStream TakeLock(string path)
    {
        var owner = System.IO.Path.Combine(path, OwnerName);
        return FileClaim.TryTake(System.IO.Path.Combine(path, LockName))
            ?? throw new RunInUseException(path, File.Exists(owner) ? File.ReadAllText(owner) : "another process");
    }

    private void KeepConfiguration(string configuration, Func<string, string>? resolve)
    {
        if (!File.Exists(ConfigPath))
        {
            AtomicFile.WriteText(ConfigPath, configuration);
            return;
        }

        var present = File.ReadAllText(ConfigPath);
        if (present == configuration)
        {
            return;
        }

        present = Resolved(present, resolve);
        if (present != configuration)
        {
            throw new ConfigurationException(ConfigPath, [
                $"A run with another configuration is in this folder: {FirstDifference(present, configuration)} "
                + $"Choose another name for this run, remove the folder, or take the old run up with its own file: granary run {ConfigPath}"]);
        }
    }

    // What a killed process had not published yet; where nobody else writes while the claim is held.
    private void RemoveLeftovers()
    {
        foreach (var leftover in Directory.GetFileSystemEntries(Path, $"*{AtomicFile.TemporaryMark}*", SearchOption.AllDirectories))
        {
            if (IsOfRunningRanks(leftover) || WrittenByOthers.Any(folder => leftover.StartsWith(System.IO.Path.Combine(Path, folder), StringComparison.Ordinal)))
            {
                continue;
            }

            if (File.Exists(leftover))
            {
                File.Delete(leftover);
            }
            else if (Directory.Exists(leftover))
            {
                Directory.Delete(leftover, recursive: true);
            }
        }
    }

    // Ranks of a generation may live on while the process that placed them is another one.
    private bool IsOfRunningRanks(string leftover)
    {
        return leftover.StartsWith(CheckpointsPath, StringComparison.Ordinal) && RunGeneration.Find(Path) is not null;
    }

    // A text that can be read no more is compared as it is.
    private static string Resolved(string text, Func<string, string>? resolve)
    {
        try
        {
            return resolve?.Invoke(text) ?? text;
        }
        catch (ConfigurationException)
        {
            return text;
        }
    }

    private static string FirstDifference(string present, string wanted)
    {
        var (old, young) = (present.Split('\n'), wanted.Split('\n'));
        var line = 0;
        while (line < old.Length - 1 && line < young.Length - 1 && old[line] == young[line])
        {
            line++;
        }

        return $"line {line + 1} is '{old[line].Trim()}' there and '{young[line].Trim()}' here.";
    }
}
