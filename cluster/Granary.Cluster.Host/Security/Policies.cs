using Microsoft.AspNetCore.Authorization;

namespace Granary.Cluster.Host.Security;

/// <summary>Who may call a route: each route names one of these, and one that names none refuses everybody.</summary>
internal static class Policies
{
    /// <summary>Reads what there is.</summary>
    internal const string Read = "read";

    /// <summary>Hands in and cancels jobs.</summary>
    internal const string Submit = "submit";

    /// <summary>Is a node: registers, says that it lives, takes leases.</summary>
    internal const string Node = "node";

    /// <summary>Ends the lease that it holds.</summary>
    internal const string Hold = "hold";

    /// <summary>Hands out the parts of a job.</summary>
    internal const string HandOut = "hand-out";

    /// <summary>Reads what becomes of a job and its parts: who reads, and the job's own processes.</summary>
    internal const string ReadJob = "read-job";

    /// <summary>Runs the cluster.</summary>
    internal const string Admin = "admin";

    /// <summary>Whoever has a token of the file.</summary>
    internal const string Anybody = "anybody";

    /// <summary>The roles that each policy lets in.</summary>
    internal static IReadOnlyDictionary<string, string[]> Roles { get; } = new Dictionary<string, string[]>
    {
        [Read] = Words(TokenRole.Admin, TokenRole.Submit, TokenRole.Read),
        [Submit] = Words(TokenRole.Admin, TokenRole.Submit),
        [Node] = Words(TokenRole.Admin, TokenRole.Worker),
        [Hold] = Words(PassRole.Holder),
        [HandOut] = [.. Words(TokenRole.Admin, TokenRole.Submit), .. Words(PassRole.Driver)],
        [ReadJob] = [.. Words(TokenRole.Admin, TokenRole.Submit, TokenRole.Read), .. Words(PassRole.Driver, PassRole.Part, PassRole.Rank)],
        [Admin] = Words(TokenRole.Admin),
        [Anybody] = Words(Enum.GetValues<TokenRole>()),
    };

    internal static void AddTo(AuthorizationOptions options)
    {
        foreach (var (name, roles) in Roles)
        {
            options.AddPolicy(name, policy => policy.RequireRole(roles));
        }

        options.FallbackPolicy = new AuthorizationPolicyBuilder().RequireAssertion(_ => false).Build();
        options.DefaultPolicy = options.FallbackPolicy;
    }

    internal static string WordOf<TRole>(TRole role)
        where TRole : struct, Enum
    {
        return role.ToString().ToLowerInvariant();
    }

    private static string[] Words<TRole>(params TRole[] roles)
        where TRole : struct, Enum
    {
        return [.. roles.Select(WordOf)];
    }
}
