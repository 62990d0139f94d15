using Granary.Models.Ahead;

namespace Granary.Models.Language;

/// <summary>What an objective asks of a model.</summary>
/// <param name="Ahead">Heads for tokens further ahead; null for none.</param>
/// <param name="QueriesHidden">Whether hidden positions are asked by a query that stands in their place, rather than by a token.</param>
public sealed record ModelNeeds(AheadSpec? Ahead = null, bool QueriesHidden = false);
