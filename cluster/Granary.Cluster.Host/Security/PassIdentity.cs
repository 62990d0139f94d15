using System.Security.Claims;

namespace Granary.Cluster.Host.Security;

/// <summary>Who shows a pass.</summary>
internal sealed class PassIdentity : ClaimsIdentity
{
    public PassIdentity(Pass pass, TokenRecord parent, string scheme)
        : base([new Claim(ClaimTypes.Name, $"{parent.Name} for {pass.Shard}"), new Claim(ClaimTypes.Role, Policies.WordOf(pass.Role))], scheme)
    {
        Pass = pass;
    }

    /// <summary>What it says.</summary>
    public Pass Pass { get; }
}
