using System.Collections;
using System.Runtime.InteropServices;

namespace Granary.Training.Parallel;

/// <summary>What a rank made of a step: told to the others before the update.</summary>
/// <param name="Losses">Its sums of losses, as <see cref="StepLoss.ToSums"/> gives them.</param>
/// <param name="Squares">The sum of the squares of its part of the gradients.</param>
/// <param name="Stops">Whether it wants the run to stop after the step.</param>
/// <param name="Saves">Whether it wants a checkpoint after the step.</param>
/// <param name="Waited">The seconds for which it stood still in the step before.</param>
/// <param name="HasGradients">Which parameters it had a gradient of.</param>
internal sealed record StepResult(double[] Losses, double Squares, bool Stops, bool Saves, double Waited, bool[] HasGradients)
{
    /// <summary>The bytes of a message about so many losses and parameters.</summary>
    internal static int SizeOf(int losses, int parameters) => (sizeof(double) * (losses + 2)) + 2 + ((parameters + 7) / 8);

    internal static StepResult Read(byte[] message, int losses, int parameters)
    {
        var numbers = MemoryMarshal.Cast<byte, double>(message.AsSpan(0, sizeof(double) * (losses + 2)));
        var rest = message.AsSpan(sizeof(double) * numbers.Length);
        var present = new BitArray(rest[2..].ToArray());
        return new StepResult(numbers[..losses].ToArray(), numbers[losses], rest[0] != 0, rest[1] != 0, numbers[losses + 1], [.. Enumerable.Range(0, parameters).Select(index => present[index])]);
    }

    internal byte[] ToMessage()
    {
        var present = new byte[(HasGradients.Length + 7) / 8];
        new BitArray(HasGradients).CopyTo(present, 0);
        return [.. MemoryMarshal.AsBytes<double>([.. Losses, Squares, Waited]), Stops ? (byte)1 : (byte)0, Saves ? (byte)1 : (byte)0, .. present];
    }
}
