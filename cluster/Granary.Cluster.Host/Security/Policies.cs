using Microsoft.AspNetCore.Authorization;

namespace Granary.Cluster.Host.Security;

/// <summary>Who may call a route: each route names one of these, and one that names none refuses everybody.</summary>
internal static class Policies
{
    /// <summary>Reads what there is.</summary>
    internal const string Read = "read";

    /// <summary>Hands in and cancels jobs.</summary>
    internal const string Submit = "submit";

    /// <summary>Takes leases and commits them.</summary>
    internal const string Work = "work";

    /// <summary>Reads or makes what the parts of a job wait for: who reads, and who works.</summary>
    internal const string ReadOrWork = "read-or-work";

    /// <summary>Runs the cluster.</summary>
    internal const string Admin = "admin";

    /// <summary>Whoever has a token.</summary>
    internal const string Anybody = "anybody";

    /// <summary>The roles that each policy lets in.</summary>
    internal static IReadOnlyDictionary<string, TokenRole[]> Roles { get; } = new Dictionary<string, TokenRole[]>
    {
        [Read] = [TokenRole.Admin, TokenRole.Submit, TokenRole.Read],
        [Submit] = [TokenRole.Admin, TokenRole.Submit],
        [Work] = [TokenRole.Admin, TokenRole.Worker],
        [ReadOrWork] = [TokenRole.Admin, TokenRole.Submit, TokenRole.Read, TokenRole.Worker],
        [Admin] = [TokenRole.Admin],
        [Anybody] = Enum.GetValues<TokenRole>(),
    };

    internal static void AddTo(AuthorizationOptions options)
    {
        foreach (var (name, roles) in Roles)
        {
            options.AddPolicy(name, policy => policy.RequireRole(roles.Select(WordOf)));
        }

        options.FallbackPolicy = new AuthorizationPolicyBuilder().RequireAssertion(_ => false).Build();
        options.DefaultPolicy = options.FallbackPolicy;
    }

    internal static string WordOf(TokenRole role)
    {
        return role.ToString().ToLowerInvariant();
    }
}
