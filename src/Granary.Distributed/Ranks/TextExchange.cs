using System.Text;
using Granary.Torch;
using Granary.Torch.Distributed;

namespace Granary.Distributed.Ranks;

/// <summary>Texts between ranks, by memory of the default device: what they have to agree on before they exchange tensors.</summary>
public static class TextExchange
{
    /// <summary>Every member's text, in the order of the ranks.</summary>
    public static IReadOnlyList<string> AllGather(ProcessGroup group, string text)
    {
        using var scope = torch.NewDisposeScope();
        var bytes = Encoding.UTF8.GetBytes(text);
        var device = torch.get_default_device();
        var counts = torch.zeros([group.size], ScalarType.Int64, device);
        group.all_gather_into_tensor(counts, torch.tensor(new long[] { bytes.Length }).to(device)).wait();
        var lengths = counts.to_array<long>();
        group.ThrowIfFailed();

        // Parts are equally long, so each is filled up to the longest.
        var longest = (int)Math.Max(1, lengths.Max());
        var all = torch.zeros([(long)longest * group.size], ScalarType.Byte, device);
        Array.Resize(ref bytes, longest);
        group.all_gather_into_tensor(all, torch.tensor(bytes).to(device)).wait();
        var read = all.to_array<byte>();
        group.ThrowIfFailed();
        return [.. lengths.Select((length, rank) => Encoding.UTF8.GetString(read, rank * longest, (int)length))];
    }

    /// <summary>The text of one member, for all; the others' is not looked at.</summary>
    public static string Broadcast(ProcessGroup group, string? text, int src)
    {
        return AllGather(group, group.rank == src ? text ?? string.Empty : string.Empty)[src];
    }
}
