using Granary.Core.Randomness;
using Granary.Models.Ahead;
using Granary.Models.Gpt2;
using Granary.Models.Language;
using Granary.Models.Layers;
using Granary.Models.Llama;
using Granary.Models.Past;
using Granary.Testing;
using Granary.Torch;
using Granary.Torch.Modules;
using Granary.Training;
using Granary.Training.Objectives;
using Granary.Training.Objectives.Hiding;
using Granary.Training.Tests;

namespace Granary.Distributed.Units.Tests;

public sealed class BlockHooksTests : TensorFixture
{
    private const int Vocabulary = 19;

    // Where an output is read by the next block and by others, a border adds their gradients in another order.
    private static IEnumerable<TestCaseData> Chains() => Models().SkipLast(1);

    private static IEnumerable<TestCaseData> Models()
    {
        var llama = new LlamaConfig { HiddenSize = 16, NumHiddenLayers = 3, NumAttentionHeads = 2, NumKeyValueHeads = 1, MaxPositionEmbeddings = 16 };
        var gpt2 = new Gpt2Config { HiddenSize = 16, NumHiddenLayers = 3, NumAttentionHeads = 2, MaxPositionEmbeddings = 16 };
        var past = new PastConfig { HiddenSize = 16, NumHiddenLayers = 2, NumAttentionHeads = 2, MaxPositionEmbeddings = 16 };
        yield return new TestCaseData(llama, new NextTokenConfig()).SetName("Llama");
        yield return new TestCaseData(gpt2, new NextTokenConfig()).SetName("GPT-2 with a tied head");
        yield return new TestCaseData(llama, new MultiTokenConfig { Tokens = 3 }).SetName("parallel heads");
        yield return new TestCaseData(llama, new MultiTokenConfig { Tokens = 3, Heads = AheadKind.Sequential }).SetName("a chain of heads");
        yield return new TestCaseData(gpt2, new FutureTokenConfig { Tokens = 3, DecoderLayers = 1, PseudoTokens = 2 }).SetName("a small decoder for tokens further ahead");
        yield return new TestCaseData(past, new MlmUConfig()).SetName("encoder and decoder");
        yield return new TestCaseData(past with { StackEncDec = false }, new MlmUConfig()).SetName("encoder and decoder, layer by layer");
    }

    [TestCaseSource(nameof(Chains))]
    public void Hooks_that_do_nothing_leave_every_gradient_as_it_is(ModelConfig config, ObjectiveConfig objective)
    {
        using var plain = Build(config, objective);
        using var hooked = Build(config, objective);
        hooked.Hooks = new Watch();

        Run(plain, objective);
        Run(hooked, objective);

        Assert.That(Gradients(hooked), Is.EqualTo(Gradients(plain)));
    }

    [TestCaseSource(nameof(Models))]
    public void Backward_leaves_the_blocks_in_the_reverse_order_of_forward(ModelConfig config, ObjectiveConfig objective)
    {
        using var model = Build(config, objective);
        var watch = new Watch();
        model.Hooks = watch;

        Run(model, objective);

        Assert.That(watch.Entered, Is.EqualTo(model.Units.Blocks));
        Assert.That(watch.Left, Is.EqualTo(model.Units.Blocks.Reverse()));
    }

    [TestCaseSource(nameof(Models))]
    public void A_block_has_its_whole_gradient_when_backward_leaves_it(ModelConfig config, ObjectiveConfig objective)
    {
        using var model = Build(config, objective);
        var then = new Dictionary<Module, float[]>();
        model.Hooks = new Watch(left: block => then.Add(block, GradientsOf(block)));

        Run(model, objective);

        foreach (var block in model.Units.Blocks)
        {
            Assert.That(GradientsOf(block), Is.EqualTo(then[block]));
        }
    }

    [TestCaseSource(nameof(Models))]
    public void What_lies_behind_the_trunk_has_its_whole_gradient_when_backward_enters_it(ModelConfig config, ObjectiveConfig objective)
    {
        using var model = Build(config, objective);
        var units = model.Units;
        float[] then = [];
        model.Hooks = new Watch(entersBackward: block => then = block == units.Blocks[units.TrunkBlocks - 1] ? Behind(units) : then);

        Run(model, objective);

        Assert.That(then, Is.Not.Empty.And.EqualTo(Behind(units)));
    }

    private static LanguageModel Build(ModelConfig config, ObjectiveConfig objective)
    {
        return config.Build(Vocabulary, objective.Needs.Ahead, RandomKey.FromSeed(1), new FusedKernels());
    }

    private static void Run(LanguageModel model, ObjectiveConfig objective)
    {
        using var batch = new SyntheticBatches(Vocabulary, tokensPerStep: 48, totalSteps: 1).Load(0);
        model.ClearGradients();
        ViewPass.Run(model, objective.Build().Prepare(batch.Slice(0, batch.Rows), RandomKey.FromSeed(2)));
    }

    private static float[] Gradients(LanguageModel model) => [.. model.parameters().SelectMany(Gradient)];

    private static float[] GradientsOf(Module block) => [.. block.parameters().SelectMany(Gradient)];

    private static float[] Behind(ModelUnits units)
    {
        return [.. units.Heads.SelectMany(GradientsOf), .. units.Blocks.Skip(units.TrunkBlocks).SelectMany(GradientsOf), .. units.Unembedding.SelectMany(Gradient)];
    }

    private static float[] Gradient(Tensor parameter)
    {
        Assert.That(parameter.grad, Is.Not.Null);
        return parameter.grad!.to_array<float>();
    }

    /// <summary>Sees blocks pass.</summary>
    private sealed class Watch(Action<Module>? left = null, Action<Module>? entersBackward = null) : IBlockHooks
    {
        public List<Module> Entered { get; } = [];

        public List<Module> Left { get; } = [];

        public Tensor Enter(Module block, Tensor input)
        {
            Entered.Add(block);
            return new BlockBorder(() =>
            {
                Left.Add(block);
                left?.Invoke(block);
            }).apply(input)[0];
        }

        public Tensor Leave(Module block, Tensor output)
        {
            return new BlockBorder(() => entersBackward?.Invoke(block)).apply(output)[0];
        }
    }
}
