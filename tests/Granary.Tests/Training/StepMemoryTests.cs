using Granary.Core.Randomness;
using Granary.Models.Language;
using Granary.Models.Layers;
using Granary.Models.Llama;
using Granary.Torch;
using Granary.Training.Objectives;

namespace Granary.Training.Tests;

public sealed class StepMemoryTests
{
    private const int Vocabulary = 512;
    private const int Tokens = 4_096;

    private static readonly LlamaConfig Model = new() { HiddenSize = 64, NumHiddenLayers = 4, NumAttentionHeads = 4, NumKeyValueHeads = 2, MaxPositionEmbeddings = 512 };

    [TestCase(ActivationCheckpointing.None)]
    [TestCase(ActivationCheckpointing.Full)]
    public void Steps_of_all_lengths_use_the_same_memory_again(ActivationCheckpointing checkpointing)
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        torch.release_memory();
        using var scope = torch.NewDisposeScope();
        using var model = Model.Build(Vocabulary, ahead: null, RandomKey.FromSeed(1), new FusedKernels());
        model.Checkpointing = checkpointing;
        RunAllLengths(model);
        var after = Mapped();

        for (var round = 0; round < 3; round++)
        {
            RunAllLengths(model);
        }

        Assert.That(Mapped(), Is.EqualTo(after).Within(5).Percent);
    }

    private static void RunAllLengths(LanguageModel model)
    {
        foreach (var length in new[] { 512, 64, 256, 128 })
        {
            var plan = new NextTokenConfig().Build().Prepare(RandomRows.Of(RandomKey.FromSeed(length), Vocabulary, Tokens / length, length), RandomKey.FromSeed(3));
            model.ClearGradients();
            ViewPass.Run(model, plan);
        }
    }

    private static long Mapped() => torch.memory().Live + torch.memory().Kept;
}
