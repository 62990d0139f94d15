namespace Granary.Cli.Benchmarks.Sequence;

/// <summary>The attention that is timed.</summary>
/// <param name="Batch">Rows B.</param>
/// <param name="Heads">Query heads H.</param>
/// <param name="KeyHeads">Key heads G.</param>
/// <param name="HeadDim">Dims D of a head.</param>
/// <param name="Length">Positions of a whole row.</param>
/// <param name="IsCausal">Whether a query sees no later position.</param>
internal sealed record SequenceProblem(int Batch, int Heads, int KeyHeads, int HeadDim, long Length, bool IsCausal);
