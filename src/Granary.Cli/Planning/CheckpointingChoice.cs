using System.Globalization;
using Granary.Cli.Stages;
using Granary.Distributed.Planning;
using Granary.Models.Decoder;
using Granary.Models.Language;
using Granary.Torch;

namespace Granary.Cli.Planning;

/// <summary>What the blocks of a run's model keep for backward: as configured, or the cheapest that is planned to fit into memory.</summary>
/// <param name="Context">The run.</param>
internal sealed record CheckpointingChoice(RunContext Context)
{
    // Memory alone is planned here, which hangs on no rate.
    private const double AnyFlops = 1e12;

    /// <summary>The choice, which is the same on all ranks. All of them call it.</summary>
    internal ActivationCheckpointing Of(LanguageModel model)
    {
        var wanted = Context.Config.Training.ActivationCheckpointing;
        if (wanted != ActivationCheckpointing.Auto)
        {
            return wanted;
        }

        // Ranks that share rows would wait for each other's exchanges for ever, if one ran attention again and another did not.
        var said = Context.World is { } world ? world.FromFirst(() => Chosen(model).ToString()) : Chosen(model).ToString();
        return Enum.Parse<ActivationCheckpointing>(said);
    }

    private ActivationCheckpointing Chosen(LanguageModel model)
    {
        if (model.Spec is not DecoderSpec spec)
        {
            Context.View.Say("activation_checkpointing: none, because only a decoder's memory can be planned; name selective or full to save some");
            return ActivationCheckpointing.None;
        }

        var (ranks, sequence) = (Context.World?.Mesh.Size ?? 1, Context.World?.Mesh.Sequence?.size ?? 1);
        var layout = new Layout(ranks / sequence, sequence, Context.Config.Parallel.Sharding);
        var tried = new LayoutPlanner(Context.Config, spec, Context.Config.LongestRow(), Cluster(Context.World?.Environment.LocalSize ?? 1)).Checkpointings(layout);
        var chosen = tried.FirstOrDefault(cost => cost.Fits) ?? tried[^1];
        var reason = string.Create(
            CultureInfo.InvariantCulture,
            $"activation_checkpointing: {chosen.Name}, planned to take {chosen.Bytes.FirstRankTotal / 1e9:F2} GB{(chosen.Fits ? string.Empty : ", which is more than there is, but the least")}");
        Context.View.Say(reason);
        return chosen.Policy;
    }

    // The ranks of a machine share its memory; a GPU is its rank's own.
    private static ClusterDescription Cluster(int ranksHere)
    {
        var memory = torch.get_default_device() is { Type: DeviceType.CUDA } device
            ? torch.cuda.get_device_properties(Math.Max(0, device.Index)).TotalMemory
            : GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        return Clusters.ThisMachine(ranksHere, AnyFlops, memory) with { IsMainMemory = torch.get_default_device().Type == DeviceType.CPU };
    }
}
