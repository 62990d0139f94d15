namespace Granary.Data.Batching;

/// <summary>What a run uses of the rows of one length, source and cluster.</summary>
/// <param name="Source">The source's name; null where the mixture does not go by sources.</param>
/// <param name="Cluster">The cluster; -1 without one.</param>
/// <param name="Exponent">Rows have 2 to this power inputs.</param>
/// <param name="Tokens">Inputs in the rows that may be used.</param>
/// <param name="TokensUsed">Inputs in all steps, repeats counted.</param>
public sealed record GroupUse(string? Source, int Cluster, int Exponent, long Tokens, long TokensUsed);
