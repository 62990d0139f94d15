using Granary.Torch;

namespace Granary.Models.Language;

/// <summary>What the shared part of a model makes of an input, and its heads read.</summary>
/// <param name="Input">What was read.</param>
/// <param name="Hidden_NC">A row for each position, before any final norm.</param>
public sealed record TrunkStates(ModelInput Input, Tensor Hidden_NC);
