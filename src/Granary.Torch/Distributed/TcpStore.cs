using System.Text;
using Granary.Torch.Native;

namespace Granary.Torch.Distributed;

/// <summary>
/// A connection to the key-value store at which ranks meet, under torch.distributed's names. One process hosts the store.
/// Calls may come from several threads; a call that is on its way keeps the others waiting.
/// </summary>
public sealed unsafe class TcpStore : IDisposable
{
    // libtorch counts whole seconds while it connects.
    private static readonly TimeSpan ShortestConnecting = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan ShortestLook = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan LongestLook = TimeSpan.FromMilliseconds(50);

    private readonly StoreHandle _handle;
    private readonly TimeProvider _time;
    private readonly ManualResetEventSlim _isDisposed = new();

    private TcpStore(StoreHandle handle, string host, TimeSpan timeout, TimeProvider time, string prefix)
    {
        this.prefix = prefix;
        _handle = handle;
        _time = time;
        this.host = host;
        this.timeout = timeout;
        int listening;
        NativeStatus.Check(NativeMethods.gn_distributed_store_get_port(handle, &listening));
        port = listening;
    }

    /// <summary>The host's name or address, as given.</summary>
    public string host { get; }

    /// <summary>The port that the host listens on.</summary>
    public int port { get; }

    /// <summary>What stands before every key in the store, so that those who have another see nothing of each other.</summary>
    public string prefix { get; }

    /// <summary>How long calls wait that wait.</summary>
    public TimeSpan timeout { get; }

    /// <summary>Hosts a store in this process until it is disposed, and connects to it. Port 0 takes a free one.</summary>
    /// <exception cref="DistributedException">The port is taken.</exception>
    public static TcpStore Host(string host, int port, TimeSpan timeout, TimeProvider? time = null, string prefix = "")
    {
        return Create(host, port, isHost: true, timeout, time, prefix);
    }

    /// <summary>Connects to a store that another process hosts, or will within the time-out.</summary>
    /// <exception cref="DistributedException">It did not.</exception>
    public static TcpStore Connect(string host, int port, TimeSpan timeout, TimeProvider? time = null, string prefix = "")
    {
        return Create(host, port, isHost: false, timeout, time, prefix);
    }

    /// <summary>Writes a value, which all see when the call returns.</summary>
    /// <exception cref="DistributedException">The store is gone.</exception>
    public void set(string key, ReadOnlySpan<byte> value)
    {
        fixed (byte* bytes = value)
        {
            Check(NativeMethods.gn_distributed_store_set(_handle, prefix + key, bytes, value.Length), key);
        }

        check(key); // a write is not answered, and what follows it on the connection is
    }

    /// <summary>Writes a text.</summary>
    /// <exception cref="DistributedException">The store is gone.</exception>
    public void set(string key, string value) => set(key, Encoding.UTF8.GetBytes(value));

    /// <summary>Waits for a value and reads it.</summary>
    /// <exception cref="DistributedException">There was none within the time-out, or the store is gone.</exception>
    public byte[] get(string key)
    {
        wait([key]);
        byte* value;
        long bytes;
        Check(NativeMethods.gn_distributed_store_get(_handle, prefix + key, &value, &bytes), key);
        return new ReadOnlySpan<byte>(value, checked((int)bytes)).ToArray();
    }

    /// <summary>Adds to the number under a key, which begins at 0, and returns what it is then.</summary>
    /// <exception cref="DistributedException">The store is gone.</exception>
    public long add(string key, long amount)
    {
        long sum;
        Check(NativeMethods.gn_distributed_store_add(_handle, prefix + key, amount, &sum), key);
        return sum;
    }

    /// <summary>Writes the desired text where the key has the expected one, or is absent and the expected one is empty; returns what stands there then.</summary>
    /// <exception cref="DistributedException">The store is gone.</exception>
    public string compare_set(string key, string expected, string desired)
    {
        var (expectedBytes, desiredBytes) = (Encoding.UTF8.GetBytes(expected), Encoding.UTF8.GetBytes(desired));
        byte* value;
        long bytes;
        fixed (byte* from = expectedBytes, to = desiredBytes)
        {
            Check(NativeMethods.gn_distributed_store_compare(_handle, prefix + key, from, expectedBytes.Length, to, desiredBytes.Length, &value, &bytes), key);
        }

        return Encoding.UTF8.GetString(new ReadOnlySpan<byte>(value, checked((int)bytes)));
    }

    /// <summary>Removes a key; whether it was there.</summary>
    /// <exception cref="DistributedException">The store is gone.</exception>
    public bool delete_key(string key)
    {
        int wasThere;
        Check(NativeMethods.gn_distributed_store_delete(_handle, prefix + key, &wasThere), key);
        return wasThere != 0;
    }

    /// <summary>Whether there is a value under a key.</summary>
    /// <exception cref="DistributedException">The store is gone.</exception>
    public bool check(string key)
    {
        int isThere;
        Check(NativeMethods.gn_distributed_store_check(_handle, prefix + key, &isThere), key);
        return isThere != 0;
    }

    /// <summary>Waits until all keys have a value.</summary>
    /// <exception cref="DistributedException">Some had none within the time, which are named, or the store is gone.</exception>
    public void wait(IReadOnlyList<string> keys, TimeSpan? atMost = null)
    {
        var missing = keys;
        if (!Look(() => (missing = [.. missing.Where(key => !check(key))]).Count == 0, atMost ?? timeout))
        {
            throw new DistributedException($"Waited {(atMost ?? timeout).TotalSeconds:0.#} s for '{string.Join("', '", missing)}' in the store at '{host}:{port}', which nobody has set; all ranks must run.");
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _isDisposed.Set();
        _handle.Dispose();
    }

    /// <summary>Looks again and again whether something is so; false when the time is over, or the store disposed.</summary>
    internal bool Look(Func<bool> isSo, TimeSpan atMost)
    {
        // libtorch's own wait would keep this connection from all other calls meanwhile, and spoil it when time is over.
        var start = _time.GetTimestamp();
        for (var pause = ShortestLook; !isSo(); pause = pause * 2 < LongestLook ? pause * 2 : LongestLook)
        {
            if (_time.GetElapsedTime(start) >= atMost || _isDisposed.Wait(pause))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>A group whose members meet in the store.</summary>
    internal GroupHandle CreateGroup(string prefix, ProcessGroupOptions options, int rank, int size)
    {
        nint group;
        NativeStatus.Check(NativeMethods.gn_distributed_group_create(
            _handle, this.prefix + prefix, options.Backend.NativeName(), rank, size, (long)options.Timeout.TotalMilliseconds, options.Interface, options.Host, options.ReadsMemory ? 1 : 0, &group));
        return new GroupHandle(group);
    }

    private static TcpStore Create(string host, int port, bool isHost, TimeSpan timeout, TimeProvider? time, string prefix)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(port);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(port, ushort.MaxValue);
        var connecting = timeout > ShortestConnecting ? timeout : ShortestConnecting;
        try
        {
            nint handle;
            NativeStatus.Check(NativeMethods.gn_distributed_store_create(host, port, isHost ? 1 : 0, (long)connecting.TotalMilliseconds, &handle));
            var store = new TcpStore(new StoreHandle(handle), host, timeout, time ?? TimeProvider.System, prefix);

            // From its first read on libtorch waits no longer than the time-out for an answer; before, for ever.
            store.set("open", "yes");
            store.get("open");
            return store;
        }
        catch (TorchException exception)
        {
            throw new DistributedException(
                isHost
                    ? $"A store for the ranks to meet at could not be opened at '{host}:{port}': {FirstLine(exception)}. The port must be free on this machine; name another."
                    : $"No store answered at '{host}:{port}' within {connecting.TotalSeconds:0.#} s: {FirstLine(exception)}. Rank 0 hosts it; look whether it runs, and whether address and port are its own.",
                isHost ? null : 0,
                exception);
        }
    }

    private void Check(int status, string key)
    {
        try
        {
            NativeStatus.Check(status);
        }
        catch (TorchException exception)
        {
            throw new DistributedException($"The store at '{host}:{port}' did not answer for '{key}': {FirstLine(exception)}. Rank 0 hosts it; its log says why it is gone.", 0, exception);
        }
    }

    private static string FirstLine(TorchException exception) => exception.NativeMessage.Split('\n')[0].TrimEnd('.', ' ');
}
