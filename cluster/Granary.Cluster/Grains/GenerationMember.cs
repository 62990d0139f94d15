namespace Granary.Cluster.Grains;

/// <summary>A rank that has its place.</summary>
/// <param name="Rank">Its number.</param>
/// <param name="Node">The node that it runs on.</param>
/// <param name="Address">Where other nodes reach it.</param>
/// <param name="Port">A port that is free there; the ranks meet at that of rank 0.</param>
/// <param name="Progress">What it said last; null before that.</param>
public sealed record GenerationMember(int Rank, string Node, string Address, int Port, string? Progress = null);
