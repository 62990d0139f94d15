using System.Text.Json;
using Granary.Cluster.Protocol;
using Granary.Core.Configuration;
using Granary.Core.Files;
using Granary.Core.Runs;

namespace Granary.Cluster.Host.Security;

/// <summary>The file with the tokens' hashes, names and roles. A coordinator that runs sees each change with the next request.</summary>
public sealed class TokenFile
{
    /// <summary>The file's name in the folder that all nodes see.</summary>
    public const string Name = "tokens.json";

    private static readonly JsonSerializerOptions Readable = new(WireJson.Options) { WriteIndented = true };

    private readonly TimeProvider _time;

    /// <summary>Creates it over a path, where there need not be a file yet; <paramref name="time"/> says when tokens are made and end.</summary>
    public TokenFile(string path, TimeProvider time)
    {
        Path = path;
        _time = time;
    }

    /// <summary>Where it lies.</summary>
    public string Path { get; }

    /// <summary>All tokens, in the order in which they were made; none where there is no file.</summary>
    public IReadOnlyList<TokenRecord> List()
    {
        if (!File.Exists(Path))
        {
            return [];
        }

        try
        {
            return JsonSerializer.Deserialize<TokenRecord[]>(PrivateFile.Read(Path), Readable) ?? [];
        }
        catch (JsonException exception)
        {
            throw new IOException($"'{Path}' is not a list of tokens: {exception.Message} Take it back from a copy, or move it away and start the coordinator anew.", exception);
        }
    }

    /// <summary>Makes a token and gives it; it is kept nowhere.</summary>
    /// <param name="name">Its name; one that no valid token has.</param>
    /// <param name="role">What it lets its holder do.</param>
    /// <param name="lifetime">After what time it ends by itself; null for never.</param>
    /// <exception cref="ConfigurationException">The name or the lifetime cannot be.</exception>
    public string Add(string name, TokenRole role, TimeSpan? lifetime)
    {
        var token = TokenText.Create();
        Change(tokens =>
        {
            var now = _time.GetUtcNow();
            var errors = new ConfigurationErrors();
            RunFolder.CheckName(name, "name", errors);
            errors.Require(lifetime is not { } time || time > TimeSpan.Zero, "expires", lifetime, "a time to come");
            errors.Require(!tokens.Any(known => known.Name == name && known.IsValidAt(now)), "name", name, "one that no valid token has; revoke that one first, or choose another name");
            errors.ThrowIfAny("token");

            // Of each name the last token stays listed, so that the file does not grow with every rotation.
            tokens.RemoveAll(known => known.Name == name);
            tokens.Add(new TokenRecord { Name = name, Role = role, Sha256 = TokenText.HashText(token), Created = now, Expires = now + lifetime });
        });
        return token;
    }

    /// <summary>Ends a token.</summary>
    /// <exception cref="ConfigurationException">No valid token has the name.</exception>
    public void Revoke(string name)
    {
        Change(tokens =>
        {
            var now = _time.GetUtcNow();
            var index = tokens.FindIndex(known => known.Name == name && known.IsValidAt(now));
            var valid = string.Join(", ", tokens.Where(known => known.IsValidAt(now)).Select(known => $"'{known.Name}'"));
            var errors = new ConfigurationErrors();
            errors.Require(index >= 0, "name", name, valid.Length > 0 ? $"the name of a valid token: {valid}" : "the name of a valid token; there is none");
            errors.ThrowIfAny("token");
            tokens[index] = tokens[index] with { Revoked = now };
        });
    }

    /// <summary>Writes a token to a file that only its owner may read, in place of one that is there.</summary>
    public static void WriteToken(string path, string token)
    {
        PrivateFile.Write(path, token + "\n");
    }

    private void Change(Action<List<TokenRecord>> change)
    {
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(Path))!);
        using var claim = FileClaim.TryTake($"{Path}.lock")
            ?? throw new IOException($"Another process is changing '{Path}'. Run the command again.");
        var tokens = List().ToList();
        change(tokens);
        PrivateFile.Write(Path, JsonSerializer.Serialize(tokens, Readable));
    }
}
