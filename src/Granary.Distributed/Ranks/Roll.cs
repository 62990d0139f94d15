using System.Globalization;
using Granary.Torch.Distributed;

namespace Granary.Distributed.Ranks;

/// <summary>The ranks say that they are there, and wait for the others.</summary>
internal static class Roll
{
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

        try
        {
            store.wait([.. Enumerable.Range(0, options.Size).Select(KeyOf)]);
        }
        catch (DistributedException exception) when (exception.InnerException is null)
        {
            var missing = Enumerable.Range(0, options.Size).Where(rank => !store.check(KeyOf(rank))).ToList();
            throw new DistributedException(
                $"Rank {options.Rank} waited {options.Timeout.TotalSeconds:0.#} s at '{options.Address}:{options.Port}' for all {options.Size} ranks to come, but '{string.Join(", ", missing)}' did not; start them, or look into their logs.",
                missing.Count > 0 ? missing[0] : null,
                exception);
        }
    }

    private static string KeyOf(int rank) => $"rendezvous/rank/{rank}";
}
