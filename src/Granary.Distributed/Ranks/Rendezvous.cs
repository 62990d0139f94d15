using System.Net;
using System.Net.Sockets;
using Granary.Torch.Distributed;

namespace Granary.Distributed.Ranks;

/// <summary>
/// This process among the others of its run: joins them, is one of their group, and leaves. A rank that is gone ends the
/// waiting of all others with a <see cref="DistributedException"/> that names it.
/// </summary>
/// <remarks>
/// Disposing leaves: the others may then end too, and rank 0, which hosts the store, waits for them. A rank that ends because
/// of a failure of its own says so with <see cref="Fail"/> before. Groups made from <see cref="World"/> are disposed first.
/// </remarks>
public sealed class Rendezvous : IDisposable
{
    private static readonly TimeSpan AnnouncementPause = TimeSpan.FromMilliseconds(200);

    private readonly TcpStore _store;
    private readonly FailureWatch _watch;
    private readonly NativeProcessGroup _world;

    private Rendezvous(TcpStore store, FailureWatch watch, NativeProcessGroup world)
    {
        _store = store;
        _watch = watch;
        _world = world;
    }

    /// <summary>All ranks.</summary>
    public ProcessGroup World => _world;

    /// <summary>Whether ranks compare their calls before anything is sent; all change it at the same call.</summary>
    public bool ChecksCalls
    {
        get => _world.ChecksCalls;
        set => _world.ChecksCalls = value;
    }

    /// <summary>The first failure of any rank; null as long as there is none.</summary>
    public DistributedException? Failure => _watch.Failure;

    /// <summary>Joins the others: rank 0 hosts the store at which all meet, and each waits until all have come.</summary>
    /// <exception cref="DistributedException">Some did not come within the time-out, which are named; the ranks contradict each other; or there is no backend.</exception>
    public static Rendezvous Join(RendezvousOptions options, TimeProvider time)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(options.Rank);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(options.Rank, options.Size);
        var backend = options.Backend ?? DistributedBackends.Choose();
        var store = options.Rank == 0
            ? TcpStore.Host(options.Address, options.Port, options.Timeout, time, options.Prefix)
            : TcpStore.Connect(options.Address, options.Port, options.Timeout, time, options.Prefix);
        FailureWatch? watch = null;
        try
        {
            Roll.Call(store, options);
            watch = FailureWatch.Start(store, options.Rank, options.Size, options.Watch ?? FailureWatchOptions.For(options.Timeout), time);
            var world = NativeProcessGroup.Create(store, new ProcessGroupOptions
            {
                Rank = options.Rank,
                Size = options.Size,
                Backend = backend,
                Timeout = options.Timeout,
                Interface = options.Interface,
                Host = HostOf(options),
                ChecksCalls = options.ChecksCalls,
                Diagnosis = watch,
            });
            watch.WhenFailed(world.Abort);
            return new Rendezvous(store, watch, world);
        }
        catch (DistributedException exception)
        {
            watch?.Report(exception);
            watch?.Dispose();
            store.Dispose();
            throw;
        }
    }

    /// <summary>Tells the others that this rank ends because of a failure, so that they end with its reason.</summary>
    public void Fail(Exception exception)
    {
        _watch.Report(exception);
    }

    /// <summary>Tells the other ranks that something is done for which they wait.</summary>
    public void Announce(string what)
    {
        _store.set(KeyOf(what), "done");
    }

    /// <summary>Waits until a rank has announced something, however long that takes; a rank that is gone ends the waiting.</summary>
    /// <exception cref="DistributedException">A rank is gone.</exception>
    public void Await(string what, CancellationToken cancellationToken)
    {
        while (!_store.check(KeyOf(what)))
        {
            if (Failure is { } failure)
            {
                throw failure;
            }

            cancellationToken.WaitHandle.WaitOne(AnnouncementPause);
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _world.Dispose();
        _watch.Dispose();
        _store.Dispose();
    }

    private static string KeyOf(string what) => $"announced/{what}";

    // The address of this machine on the way to rank 0: the one by which its peers reach it, where it has several.
    private static string? HostOf(RendezvousOptions options)
    {
        if (options.Interface is not null || options.Size == 1)
        {
            return null;
        }

        try
        {
            var address = Dns.GetHostAddresses(options.Address)[0];
            using var socket = new Socket(address.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
            socket.Connect(address, options.Port); // sends nothing; only the way is chosen
            return ((IPEndPoint)socket.LocalEndPoint!).Address.ToString();
        }
        catch (SocketException)
        {
            return null;
        }
    }
}
