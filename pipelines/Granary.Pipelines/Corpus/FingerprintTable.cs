namespace Granary.Pipelines.Corpus;

/// <summary>A set of 64-bit fingerprints in one array: eight bytes a slot, at most 7 of 8 slots taken. No fingerprint is 0.</summary>
internal sealed class FingerprintTable
{
    private const int MinSlots = 16;

    private ulong[] _slots = new ulong[MinSlots]; // 0 is an empty slot

    /// <summary>How many fingerprints there are.</summary>
    public int Count { get; private set; }

    public bool Contains(ulong fingerprint)
    {
        return _slots[SlotOf(_slots, fingerprint)] == fingerprint;
    }

    /// <summary>Adds a fingerprint that is not there.</summary>
    public void Add(ulong fingerprint)
    {
        if (Count >= _slots.Length - (_slots.Length / 8))
        {
            Grow();
        }

        _slots[SlotOf(_slots, fingerprint)] = fingerprint;
        Count++;
    }

    /// <summary>Takes all fingerprints out, in order; to be enumerated to its end.</summary>
    public IEnumerable<ulong> TakeSorted()
    {
        Array.Sort(_slots); // the empty slots come first
        for (var i = _slots.Length - Count; i < _slots.Length; i++)
        {
            yield return _slots[i];
        }

        Array.Clear(_slots);
        Count = 0;
    }

    private void Grow()
    {
        var slots = new ulong[2 * _slots.Length];
        foreach (var fingerprint in _slots)
        {
            if (fingerprint != 0)
            {
                slots[SlotOf(slots, fingerprint)] = fingerprint;
            }
        }

        _slots = slots;
    }

    /// <summary>The slot that holds a fingerprint, or the empty one where it belongs.</summary>
    private static int SlotOf(ulong[] slots, ulong fingerprint)
    {
        var mask = slots.Length - 1;
        var slot = (int)fingerprint & mask;
        while (slots[slot] != 0 && slots[slot] != fingerprint)
        {
            slot = (slot + 1) & mask;
        }

        return slot;
    }
}
