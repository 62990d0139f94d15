namespace Granary.Torch;

/// <summary>Bytes of main memory in tensors of at least 64 KiB.</summary>
/// <param name="Live">In tensors that exist.</param>
/// <param name="Peak">The most that was live at one time since the start or the last reset.</param>
/// <param name="Kept">Freed, and kept for further tensors.</param>
public readonly record struct MemoryUse(long Live, long Peak, long Kept);
