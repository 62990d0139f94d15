using System.Collections.Concurrent;
using System.Security.Cryptography;

namespace Granary.Cluster.Host.Security;

/// <summary>What browsers hold in place of a token: random ids that end with the coordinator, after a time, or with the token they were opened with.</summary>
internal sealed class BrowserSessions
{
    /// <summary>How long a session holds.</summary>
    internal static readonly TimeSpan Lifetime = TimeSpan.FromHours(12);

    private const int Most = 1_000;
    private const int IdBytes = 32;

    // Session by the SHA-256 of its id, so that no comparison of ids tells anything by its time.
    private readonly ConcurrentDictionary<string, (byte[] TokenHash, DateTimeOffset Expires)> _sessions = new();
    private readonly TokenDirectory _tokens;
    private readonly TimeProvider _time;

    public BrowserSessions(TokenDirectory tokens, TimeProvider time)
    {
        _tokens = tokens;
        _time = time;
    }

    /// <summary>Opens a session for a valid token and gives its id.</summary>
    public string Open(TokenRecord token)
    {
        var now = _time.GetUtcNow();
        foreach (var (known, session) in _sessions)
        {
            if (session.Expires <= now)
            {
                _sessions.TryRemove(known, out _);
            }
        }

        if (_sessions.Count >= Most && _sessions.MinBy(entry => entry.Value.Expires) is { Key: { } oldest })
        {
            _sessions.TryRemove(oldest, out _);
        }

        var id = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(IdBytes));
        _sessions[TokenText.HashText(id)] = (Convert.FromHexString(token.Sha256), now + Lifetime);
        return id;
    }

    /// <summary>The record of the token that a session was opened with; null where either has ended.</summary>
    public TokenRecord? Find(string id)
    {
        return _sessions.TryGetValue(TokenText.HashText(id), out var session) && _time.GetUtcNow() < session.Expires
            ? _tokens.FindHash(session.TokenHash)
            : null;
    }

    /// <summary>Ends a session.</summary>
    public void Close(string id)
    {
        _sessions.TryRemove(TokenText.HashText(id), out _);
    }
}
