namespace Granary.Torch;

/// <summary>What a thread did under one name in one phase.</summary>
/// <param name="Phase">The phase, empty outside of all.</param>
/// <param name="Name">The operator, `aten::mm`, or the kernel, `granary::attention_forward`; `other` for what a phase did itself.</param>
/// <param name="Calls">How often.</param>
/// <param name="Seconds">The time it took without what is nested in it.</param>
/// <param name="Operations">Floating-point operations: of matrix products and attention; 0 for others.</param>
/// <param name="Bytes">Bytes of operands and results, each once; 0 where it moves nothing.</param>
public sealed record ProfileRow(string Phase, string Name, long Calls, double Seconds, double Operations, double Bytes);
