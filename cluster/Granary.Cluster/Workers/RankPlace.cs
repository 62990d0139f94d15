using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Granary.Cluster.Grains;
using Granary.Cluster.Ledger;
using Granary.Cluster.Protocol;

namespace Granary.Cluster.Workers;

/// <summary>A rank's place among the others of its generation: where they meet, and which of its node's ranks it is.</summary>
internal static class RankPlace
{
    /// <summary>Says that the rank is here and waits until all are; gives the variables that it starts with, null where its lease is over.</summary>
    public static async Task<IReadOnlyDictionary<string, string>?> MeetAsync(ShardLease lease, LeaseKeys keys, NodeDescription node, CoordinatorClient client, CancellationToken cancellationToken)
    {
        var rank = lease.Shard.Index;
        var join = new JoinRequest(lease.Shard.Dataset, lease.Token, new GenerationMember(rank, node.Id, node.Address, FreePort()));
        while (await client.JoinAsync(join, keys, lease.Time * LeaseKeeper.RenewalShare, cancellationToken) is { } generation)
        {
            if (generation.IsWhole)
            {
                return VariablesOf(rank, generation);
            }
        }

        return null;
    }

    /// <summary>The variables by which a process knows which rank it is.</summary>
    public static IReadOnlyDictionary<string, string> VariablesOf(int rank, GenerationSnapshot generation)
    {
        var here = generation.Members[rank].Node;
        List<int> together = [.. generation.Members.Where(member => member.Node == here).Select(member => member.Rank)];
        return new Dictionary<string, string>
        {
            ["GRANARY_RANK"] = Text(rank),
            ["GRANARY_WORLD_SIZE"] = Text(generation.Ranks),
            ["GRANARY_LOCAL_RANK"] = Text(together.IndexOf(rank)),
            ["GRANARY_LOCAL_WORLD_SIZE"] = Text(together.Count),
            ["GRANARY_MASTER_ADDR"] = generation.Members[0].Address,
            ["GRANARY_MASTER_PORT"] = Text(generation.Members[0].Port),
        };
    }

    // Free now; should another process take it before the ranks meet, they do not, and the next generation has another one.
    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Any, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
