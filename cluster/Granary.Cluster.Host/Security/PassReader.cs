using Granary.Cluster.Ledger;

namespace Granary.Cluster.Host.Security;

/// <summary>Finds what a pass is worth at this moment.</summary>
internal sealed class PassReader
{
    private readonly PassSeal _seal;
    private readonly TokenDirectory _tokens;
    private readonly IClusterLedger _ledger;

    public PassReader(PassSeal seal, TokenDirectory tokens, IClusterLedger ledger)
    {
        (_seal, _tokens, _ledger) = (seal, tokens, ledger);
    }

    /// <summary>The pass and the token that it comes from; null where it was not made here, or that token has ended.</summary>
    public (Pass Pass, TokenRecord Parent)? Find(string text)
    {
        return _seal.Read(text) is { } pass && _tokens.FindHash(Convert.FromHexString(pass.Parent)) is { } parent ? (pass, parent) : null;
    }

    /// <summary>Whether the pass' lease holds. A holder's is let through: what it asks for is compared with the lease where it is done, and is answered again after that.</summary>
    public async Task<bool> HoldsAsync(Pass pass, CancellationToken cancellationToken)
    {
        return pass.Role == PassRole.Holder || await _ledger.HoldsAsync(pass.Shard, pass.Token, cancellationToken);
    }
}
