using System.Globalization;
using System.Text;
using Granary.Torch.Distributed;

namespace Granary.Distributed.Ranks;

/// <summary>The ranks say that they are there, and wait for the others.</summary>
internal static class Roll
{
    private const string VerdictKey = "rendezvous/verdict";

    // How much later than rank 0 the others may have begun to wait, and how long it takes them to read what it says.
    private static readonly TimeSpan Allowance = TimeSpan.FromSeconds(5);

    /// <exception cref="DistributedException">A rank is missing or there twice, or was started for another number of ranks.</exception>
    internal static void Call(TcpStore store, RendezvousOptions options)
    {
        var size = options.Size.ToString(CultureInfo.InvariantCulture);
        var first = store.compare_set("rendezvous/size", string.Empty, size);
        if (first != size)
        {
            throw new DistributedException($"Rank {options.Rank} was started as one of '{size}' ranks, but the first that came to '{options.Address}:{options.Port}' as one of '{first}'; start all with the same number.", options.Rank);
        }

        if (store.add(KeyOf(options.Rank), 1) > 1)
        {
            throw new DistributedException($"Rank '{options.Rank}' is at '{options.Address}:{options.Port}' already; every process needs a number of its own, from 0 to {options.Size - 1}.", options.Rank);
        }

        if (options.Rank == 0)
        {
            Decide(store, options);
        }
        else
        {
            Obey(store, options);
        }
    }

    // Rank 0 alone says who is missing: with it goes the store, and the others would take it for gone.
    private static void Decide(TcpStore store, RendezvousOptions options)
    {
        try
        {
            store.wait([.. Enumerable.Range(0, options.Size).Select(KeyOf)]);
            store.set(VerdictKey, "\n");
        }
        catch (DistributedException exception)
        {
            var missing = Enumerable.Range(0, options.Size).Where(rank => !store.check(KeyOf(rank))).ToList();
            var message = $"All {options.Size} ranks were waited for at '{options.Address}:{options.Port}' for {options.Timeout.TotalSeconds:0.#} s, but '{string.Join(", ", missing)}' did not come; start them, or look into their logs.";
            store.set(VerdictKey, $"{missing.FirstOrDefault(-1)}\n{message}");
            WaitForReaders(store, options.Size - 1 - missing.Count);
            throw new DistributedException(message, missing.Count > 0 ? missing[0] : null, exception);
        }
    }

    private static void WaitForReaders(TcpStore store, int readers)
    {
        try
        {
            store.wait([.. Enumerable.Range(1, readers).Select(reader => ReadKeyOf(reader))], Allowance);
        }
        catch (DistributedException)
        {
            // They are gone, or too late.
        }
    }

    private static void Obey(TcpStore store, RendezvousOptions options)
    {
        store.wait([VerdictKey], options.Timeout + Allowance);
        var verdict = Encoding.UTF8.GetString(store.get(VerdictKey)).Split('\n', 2);
        if (verdict[1].Length > 0)
        {
            store.set(ReadKeyOf(store.add("rendezvous/readers", 1)), "read");
            var missing = int.Parse(verdict[0], CultureInfo.InvariantCulture);
            throw new DistributedException(verdict[1], missing < 0 ? null : missing);
        }
    }

    private static string ReadKeyOf(long reader) => $"rendezvous/read/{reader}";

    private static string KeyOf(int rank) => $"rendezvous/rank/{rank}";
}
