using System.Security.Claims;
using Granary.Cluster.Ledger;

namespace Granary.Cluster.Host.Security;

/// <summary>Keeps who shows a pass to what the pass is for; whoever shows a token of the file goes through.</summary>
internal static class PassScope
{
    /// <summary>Refuses passes of other jobs.</summary>
    /// <exception cref="OutOfScopeException">The pass is another job's.</exception>
    internal static void RequireJob(this ClaimsPrincipal user, string job)
    {
        Require(user, pass => pass.Job == job, $"job '{job}'");
    }

    /// <summary>Refuses passes of other jobs, and those of ranks of other generations.</summary>
    /// <exception cref="OutOfScopeException">The pass is another's.</exception>
    internal static void RequireDataset(this ClaimsPrincipal user, string dataset)
    {
        Require(user, pass => pass.Role == PassRole.Rank ? pass.Shard.Dataset == dataset : dataset.StartsWith($"{pass.Job}/", StringComparison.Ordinal), $"dataset '{dataset}'");
    }

    /// <summary>Refuses passes of other leases.</summary>
    /// <exception cref="OutOfScopeException">The pass is another lease's.</exception>
    internal static void RequireLease(this ClaimsPrincipal user, ShardKey shard, LeaseToken token)
    {
        Require(user, pass => pass.Shard == shard && pass.Token == token, $"shard '{shard}' with token '{token}'");
    }

    private static void Require(ClaimsPrincipal user, Func<Pass, bool> isFor, string what)
    {
        if (user.Identity is PassIdentity { Pass: var pass } && !isFor(pass))
        {
            throw new OutOfScopeException($"The token is that of '{pass.Shard}' of job '{pass.Job}' and opens nothing of {what}. Use a token of that one, or one of a person's.");
        }
    }
}
