using Granary.Training.Objectives;

namespace Granary.Training.Parallel;

/// <summary>What a rank has of a step: told to the others before any of it is run.</summary>
/// <param name="Tokens">Positions of its rows.</param>
/// <param name="Passes">Calls of the model.</param>
/// <param name="Denominators">What its targets add to the numbers that losses are divided by.</param>
internal sealed record StepShare(long Tokens, int Passes, IReadOnlyList<(string Name, double Denominator)> Denominators)
{
    internal static StepShare Of(IReadOnlyList<ObjectivePlan> plans, long tokens)
    {
        return new StepShare(tokens, plans.Sum(plan => plan.Views.Count), [.. new LossLaw(plans).Denominators.Select(entry => (entry.Key, entry.Value))]);
    }

    internal static StepShare Read(byte[] message)
    {
        using var reader = new BinaryReader(new MemoryStream(message));
        var (tokens, passes, denominators) = (reader.ReadInt64(), reader.ReadInt32(), new (string, double)[reader.ReadInt32()]);
        for (var index = 0; index < denominators.Length; index++)
        {
            denominators[index] = (reader.ReadString(), reader.ReadDouble());
        }

        return new StepShare(tokens, passes, denominators);
    }

    internal byte[] ToMessage()
    {
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream);
        writer.Write(Tokens);
        writer.Write(Passes);
        writer.Write(Denominators.Count);
        foreach (var (name, denominator) in Denominators)
        {
            writer.Write(name);
            writer.Write(denominator);
        }

        writer.Flush();
        return stream.ToArray();
    }
}
