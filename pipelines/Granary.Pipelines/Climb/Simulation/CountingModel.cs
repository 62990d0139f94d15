namespace Granary.Pipelines.Climb.Simulation;

/// <summary>
/// An n-gram model that is trained by counting: orders up to five, interpolated after Witten and Bell from a uniform base,
/// p_n(w|h) = (c(hw) + t(h) p_(n-1)(w|h')) / (c(h) + t(h)), where t(h) counts the different symbols behind h.
/// </summary>
internal sealed class CountingModel
{
    private const int Order = 5;
    private const int Radix = MarkovSource.Alphabet + 1; // digits from 1, so that strings of different lengths differ

    // An open hash table of strings of symbols: how often each came, how often something came behind it, how many different things.
    private readonly int[] _keys;
    private readonly int[] _counts;
    private readonly int[] _totals;
    private readonly int[] _kinds;
    private readonly int _mask;

    /// <summary>Creates a model that can count so many symbols.</summary>
    public CountingModel(int symbols)
    {
        var size = (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)(2 * Order * symbols));
        (_keys, _counts, _totals, _kinds) = (new int[size], new int[size], new int[size], new int[size]);
        _mask = size - 1;
    }

    /// <summary>Counts a window.</summary>
    public void Learn(ReadOnlySpan<byte> window)
    {
        for (var end = 0; end < window.Length; end++)
        {
            for (var length = 1; length <= Math.Min(Order, end + 1); length++)
            {
                var context = Claim(KeyOf(window[(end - length + 1)..end]));
                var whole = Claim(KeyOf(window[(end - length + 1)..(end + 1)]));
                _kinds[context] += _counts[whole] == 0 ? 1 : 0;
                _counts[whole]++;
                _totals[context]++;
            }
        }
    }

    /// <summary>What a document costs, in nats.</summary>
    public double NatsOf(ReadOnlySpan<byte> document)
    {
        var nats = 0.0;
        for (var end = 0; end < document.Length; end++)
        {
            nats -= Math.Log(ProbabilityAt(document, end));
        }

        return nats;
    }

    private double ProbabilityAt(ReadOnlySpan<byte> document, int end)
    {
        var probability = 1.0 / MarkovSource.Alphabet;
        for (var length = 1; length <= Math.Min(Order, end + 1); length++)
        {
            var context = Find(KeyOf(document[(end - length + 1)..end]));
            if (_totals[context] == 0)
            {
                break;
            }

            var whole = Find(KeyOf(document[(end - length + 1)..(end + 1)]));
            probability = (_counts[whole] + (_kinds[context] * probability)) / (_totals[context] + _kinds[context]);
        }

        return probability;
    }

    private static int KeyOf(ReadOnlySpan<byte> symbols)
    {
        var key = 0;
        foreach (var symbol in symbols)
        {
            key = (key * Radix) + symbol + 1;
        }

        return key + 1; // 0 marks an empty place
    }

    // The place of a key, or the empty place where it would stand; counts there are 0.
    private int Find(int key)
    {
        var place = (int)(unchecked((uint)key * 0x9E3779B1u) >> 7) & _mask;
        while (_keys[place] != key && _keys[place] != 0)
        {
            place = (place + 1) & _mask;
        }

        return place;
    }

    private int Claim(int key)
    {
        var place = Find(key);
        _keys[place] = key;
        return place;
    }
}
