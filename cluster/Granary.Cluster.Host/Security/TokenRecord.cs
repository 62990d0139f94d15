namespace Granary.Cluster.Host.Security;

/// <summary>A token as it is kept: all but the token itself.</summary>
public sealed record TokenRecord
{
    /// <summary>The name, which stands in logs and beside jobs.</summary>
    public required string Name { get; init; }

    /// <summary>What it lets its holder do.</summary>
    public required TokenRole Role { get; init; }

    /// <summary>The token's SHA-256, in lower-case hexadecimal.</summary>
    public required string Sha256 { get; init; }

    /// <summary>When it was made.</summary>
    public required DateTimeOffset Created { get; init; }

    /// <summary>When it ends by itself; null where it does not.</summary>
    public DateTimeOffset? Expires { get; init; }

    /// <summary>When it was revoked; null where it was not.</summary>
    public DateTimeOffset? Revoked { get; init; }

    /// <summary>Whether it opens anything at a time.</summary>
    public bool IsValidAt(DateTimeOffset now)
    {
        return Revoked is null && (Expires is not { } end || now < end);
    }
}
