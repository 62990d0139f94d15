using System.Buffers.Binary;
using Granary.Torch;
using Granary.Torch.Distributed;

namespace Granary.Training.Parallel;

/// <summary>Short messages from every rank to all others.</summary>
internal sealed class RankMessages
{
    private const int LengthBytes = sizeof(int);

    private readonly ProcessGroup _group;
    private readonly Device _device;

    /// <summary>Sends through a group, by memory of a device.</summary>
    public RankMessages(ProcessGroup group, Device device)
    {
        _group = group;
        _device = device;
    }

    /// <summary>All ranks' messages, by rank. Each takes <paramref name="capacity"/> bytes, the same on all ranks.</summary>
    /// <exception cref="ArgumentException">The message is longer.</exception>
    public byte[][] Exchange(byte[] message, int capacity)
    {
        if (message.Length > capacity)
        {
            throw new ArgumentException($"A message to the other ranks has '{message.Length}' bytes but at most {capacity} fit; say less.", nameof(message));
        }

        using var scope = torch.NewDisposeScope();
        var padded = new byte[LengthBytes + capacity];
        BinaryPrimitives.WriteInt32LittleEndian(padded, message.Length);
        message.CopyTo(padded, LengthBytes);
        var all = torch.empty([(long)padded.Length * _group.size], ScalarType.Byte, _device);
        _group.all_gather_into_tensor(all, torch.tensor(padded).to(_device)).wait();
        var sent = all.to_array<byte>();
        _group.ThrowIfFailed();
        return [.. sent.Chunk(padded.Length).Select(part => part.AsSpan(LengthBytes, BinaryPrimitives.ReadInt32LittleEndian(part)).ToArray())];
    }
}
