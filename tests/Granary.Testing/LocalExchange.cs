using Granary.Torch;
using Granary.Torch.Distributed;

namespace Granary.Testing;

/// <summary>What the ranks of one process have sent each other and not yet received.</summary>
internal sealed class LocalExchange
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Dictionary<(string Group, int From, int To, int Tag), Queue<Tensor>> _sent = [];
    private bool _isAborted;

    /// <summary>Puts a tensor where its receiver finds it.</summary>
    internal void Put((string Group, int From, int To, int Tag) address, Tensor tensor)
    {
        lock (_sent)
        {
            if (!_sent.TryGetValue(address, out var queue))
            {
                _sent.Add(address, queue = []);
            }

            queue.Enqueue(tensor);
            Monitor.PulseAll(_sent);
        }
    }

    /// <summary>Waits for a tensor.</summary>
    internal Tensor Take((string Group, int From, int To, int Tag) address)
    {
        lock (_sent)
        {
            while (true)
            {
                if (_sent.TryGetValue(address, out var queue) && queue.TryDequeue(out var tensor))
                {
                    return tensor;
                }

                if (_isAborted || !Monitor.Wait(_sent, Patience))
                {
                    throw new DistributedException($"Rank {address.To} waits for tag {address.Tag} of rank {address.From} in group '{address.Group}', which sends nothing any more.", address.From);
                }
            }
        }
    }

    /// <summary>What was sent and never received.</summary>
    internal IReadOnlyList<(string Group, int From, int To, int Tag)> Left()
    {
        lock (_sent)
        {
            return [.. _sent.Where(entry => entry.Value.Count > 0).Select(entry => entry.Key)];
        }
    }

    /// <summary>Ends all waiting: a rank has failed.</summary>
    internal void Abort()
    {
        lock (_sent)
        {
            _isAborted = true;
            Monitor.PulseAll(_sent);
        }
    }
}
