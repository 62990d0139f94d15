using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Granary.Core.Files;

namespace Granary.Core.Runs;

/// <summary>
/// What a finished stage was made from and what it made. A stage with the same inputs and configuration, whose files
/// are still there, need not run again.
/// </summary>
public sealed record StageRecord
{
    private const string FinishedName = "stage.json";
    private const string BegunName = "stage.begun.json";

    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true,
        RespectNullableAnnotations = true,
    };

    /// <summary>The hash of everything the stage read.</summary>
    public required string InputHash { get; init; }

    /// <summary>The hash of the stage's configuration and of the version of its format.</summary>
    public required string ConfigurationHash { get; init; }

    /// <summary>The hash of what the stage made: the next stage's input.</summary>
    public string OutputHash { get; init; } = string.Empty;

    /// <summary>The bytes of each file the stage made, by its path below the stage's folder.</summary>
    public IReadOnlyDictionary<string, long> Files { get; init; } = new Dictionary<string, long>();

    /// <summary>
    /// Runs a stage unless its record says that this would change nothing. A stage that was killed is run again with
    /// its files as it left them when inputs and configuration are the same, and in an empty folder when they are not.
    /// The record is published last, so an unfinished stage has none.
    /// </summary>
    /// <param name="folder">The stage's folder; created when it is not there.</param>
    /// <param name="inputHash">The hash of everything the stage reads.</param>
    /// <param name="configurationHash">The hash of the stage's configuration and of the version of its format.</param>
    /// <param name="work">Writes the stage's files, synced or published by <see cref="AtomicFile"/>, and says what they are.</param>
    /// <returns>The record, and whether the stage was skipped.</returns>
    public static (StageRecord Record, bool WasSkipped) Run(string folder, string inputHash, string configurationHash, Func<StageOutput> work)
    {
        if (Read(folder) is { } finished && finished.IsOf(inputHash, configurationHash) && finished.HasItsFiles(folder))
        {
            return (finished, true);
        }

        var begun = new StageRecord { InputHash = inputHash, ConfigurationHash = configurationHash };
        if (Directory.Exists(folder) && Parse(Path.Combine(folder, BegunName))?.IsOf(inputHash, configurationHash) != true)
        {
            Directory.Delete(folder, recursive: true);
        }

        Directory.CreateDirectory(folder);
        File.Delete(Path.Combine(folder, FinishedName));
        begun.Write(folder, BegunName);

        var output = work();
        var record = begun with
        {
            OutputHash = output.Hash,
            Files = output.Files.ToDictionary(name => name, name => new FileInfo(Path.Combine(folder, name)).Length),
        };
        record.Write(folder, FinishedName);
        return (record, false);
    }

    /// <summary>Makes a stage run again over its files as they are: for whoever misses one that the record does not list, because people may edit it.</summary>
    public static void Forget(string folder)
    {
        File.Delete(Path.Combine(folder, FinishedName));
    }

    /// <summary>The record of a finished stage; null when it is not finished.</summary>
    public static StageRecord? Read(string folder)
    {
        return Parse(Path.Combine(folder, FinishedName));
    }

    /// <summary>The SHA-256 of some texts, each apart from its neighbours, in lower-case hexadecimal.</summary>
    public static string HashOf(params ReadOnlySpan<string> parts)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var part in parts)
        {
            // The length before each part keeps ("ab", "c") from ("a", "bc").
            var bytes = Encoding.UTF8.GetBytes(part);
            hash.AppendData(BitConverter.GetBytes((long)bytes.Length));
            hash.AppendData(bytes);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static StageRecord? Parse(string path)
    {
        try
        {
            return JsonSerializer.Deserialize<StageRecord>(File.ReadAllBytes(path), Json);
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException or JsonException)
        {
            // A record that cannot be read is as good as none: the stage runs again.
            return null;
        }
    }

    private bool IsOf(string inputHash, string configurationHash)
    {
        return InputHash == inputHash && ConfigurationHash == configurationHash;
    }

    private bool HasItsFiles(string folder)
    {
        return Files.All(file => new FileInfo(Path.Combine(folder, file.Key)) is { Exists: true } present && present.Length == file.Value);
    }

    private void Write(string folder, string name)
    {
        AtomicFile.Write(Path.Combine(folder, name), stream => JsonSerializer.Serialize(stream, this, Json));
    }
}
