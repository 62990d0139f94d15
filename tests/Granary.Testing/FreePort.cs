using System.Net;
using System.Net.Sockets;

namespace Granary.Testing;

/// <summary>A port of the loopback device that nobody listens on.</summary>
public static class FreePort
{
    /// <summary>Finds one; another process may take it meanwhile, but the system gives each out once in a long while.</summary>
    public static int Find()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
