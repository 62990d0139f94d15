namespace Granary.Distributed.Sequence.Engine;

/// <summary>What payloads have in common.</summary>
internal static class PayloadKinds
{
    /// <summary>Whether it is an operand, else a sum.</summary>
    internal static bool IsOperand(this Payload payload) => payload is Payload.Queries or Payload.KeyValues or Payload.OutputGradients;

    /// <summary>Whether its heads are key heads.</summary>
    internal static bool IsOfKeys(this Payload payload) => payload is Payload.KeyValues or Payload.KeyValueGradients;
}
