using System.Security.Cryptography;
using Microsoft.Extensions.Logging;

namespace Granary.Cluster.Host.Security;

/// <summary>Finds whose token a request shows. The file is read again once it has changed, so adding and revoking need no restart.</summary>
internal sealed partial class TokenDirectory
{
    private readonly TokenFile _file;
    private readonly TimeProvider _time;
    private readonly ILogger<TokenDirectory> _log;
    private readonly Lock _gate = new();

    // Guarded by _gate: what was read last, and of which state of the file.
    private IReadOnlyList<(TokenRecord Record, byte[] Hash)> _tokens = [];
    private (DateTime Written, long Bytes) _state;

    public TokenDirectory(TokenFile file, TimeProvider time, ILogger<TokenDirectory> log)
    {
        _file = file;
        _time = time;
        _log = log;
    }

    /// <summary>The valid token's record; null where the text is none.</summary>
    public TokenRecord? Find(string token)
    {
        return TokenText.IsLike(token) ? FindHash(TokenText.Hash(token)) : null;
    }

    /// <summary>The same by the token's hash.</summary>
    public TokenRecord? FindHash(ReadOnlySpan<byte> hash)
    {
        TokenRecord? found = null;
        foreach (var (record, known) in Current())
        {
            // All are compared, each in constant time: how long it takes says nothing about any of them.
            found = CryptographicOperations.FixedTimeEquals(known, hash) ? record : found;
        }

        return found?.IsValidAt(_time.GetUtcNow()) == true ? found : null;
    }

    private IReadOnlyList<(TokenRecord Record, byte[] Hash)> Current()
    {
        var info = new FileInfo(_file.Path);
        var state = info.Exists ? (info.LastWriteTimeUtc, info.Length) : default;
        lock (_gate)
        {
            if (state != _state)
            {
                var before = _tokens;
                _tokens = [.. _file.List().Select(record => (record, Convert.FromHexString(record.Sha256)))];
                _state = state;
                Audit(before);
            }

            return _tokens;
        }
    }

    private void Audit(IReadOnlyList<(TokenRecord Record, byte[] Hash)> before)
    {
        var known = before.Select(token => token.Record).ToHashSet();
        foreach (var (record, _) in _tokens.Where(token => !known.Contains(token.Record)))
        {
            LogToken(_log, record.Name, record.Role, record.Revoked is null ? "valid" : "revoked", record.Expires);
        }
    }

    [LoggerMessage(1, LogLevel.Information, "Token '{Name}' with role '{Role}' is {State}; it expires '{Expires}'.")]
    private static partial void LogToken(ILogger log, string name, TokenRole role, string state, DateTimeOffset? expires);
}
