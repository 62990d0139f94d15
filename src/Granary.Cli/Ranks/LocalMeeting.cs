using System.Collections;
using System.Net;
using System.Net.Sockets;
using Granary.Distributed.Ranks;

namespace Granary.Cli.Ranks;

/// <summary>Where and as whom processes of this machine meet.</summary>
internal static class LocalMeeting
{
    /// <summary>The variables of this process.</summary>
    internal static IReadOnlyDictionary<string, string> Variables()
    {
        return Environment.GetEnvironmentVariables().Cast<DictionaryEntry>().ToDictionary(entry => (string)entry.Key, entry => (string?)entry.Value ?? string.Empty);
    }

    /// <summary>Ranks of this machine, which meet at a port that is free now.</summary>
    internal static IReadOnlyList<RankEnvironment> Of(int ranks)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        return [.. Enumerable.Range(0, ranks).Select(rank => new RankEnvironment(rank, ranks, rank, ranks, IPAddress.Loopback.ToString(), port, RankLauncherKind.Granary))];
    }
}
