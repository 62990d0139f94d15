using Granary.Core.Randomness;
using Granary.Models.Gpt2;
using Granary.Models.Layers;
using Granary.Models.Llama;
using Granary.Torch;

namespace Granary.Models.Decoder.Tests;

/// <summary>Trees of tokens read over a cache, against each branch read as a text of its own.</summary>
[TestFixture(typeof(ComposedKernels))]
[TestFixture(typeof(FusedKernels))]
public sealed class CachedTreeTests<TKernels>
    where TKernels : ILayerKernels, new()
{
    // Other numbers of rows in one product change the order of sums, in the last bits of fp32.
    private const double Rounding = 1e-5;

    private static readonly RandomKey Key = RandomKey.FromSeed(31);

    private static readonly DecoderConfig[] Configs =
    [
        new Gpt2Config { VocabSize = 61, HiddenSize = 32, NumHiddenLayers = 2, NumAttentionHeads = 4, MaxPositionEmbeddings = 24 },
        new LlamaConfig { VocabSize = 61, HiddenSize = 32, NumHiddenLayers = 2, NumAttentionHeads = 4, NumKeyValueHeads = 2, MaxPositionEmbeddings = 24 },
    ];

    [TestCaseSource(nameof(Configs))]
    public void A_node_of_a_tree_has_the_hidden_row_of_its_branch(DecoderConfig config)
    {
        int[] parents = [-1, 0, 0, 2, 3, 1];
        long[] tokens = [5, 6, 7, 8, 9, 10];
        using var scope = torch.NewDisposeScope();
        using var recording = torch.no_grad();
        using var model = Build(config);
        using var cache = new KeyValueCache(model.Spec, batch: 1, capacity: 24);
        model.Hidden(torch.tensor(Prefix, [1, 4]), cache);

        var rows = model.Hidden(torch.tensor(tokens, [1, 6]), cache, new TokenTree(parents));

        for (var node = 0; node < parents.Length; node++)
        {
            var text = Prefix.Concat(Branch(parents, node).Select(token => tokens[token])).ToArray();
            var alone = model.Hidden(torch.tensor(text, [1, text.Length])).narrow(0, text.Length - 1, 1);
            Assert.That((rows.narrow(0, node, 1) - alone).abs().max().item(), Is.LessThanOrEqualTo(Rounding * alone.abs().max().item()), $"node {node}");
        }
    }

    [TestCaseSource(nameof(Configs))]
    public void A_cache_that_keeps_a_branch_goes_on_as_if_it_had_read_that_alone(DecoderConfig config)
    {
        using var scope = torch.NewDisposeScope();
        using var recording = torch.no_grad();
        using var model = Build(config);
        using var tree = new KeyValueCache(model.Spec, batch: 1, capacity: 24);
        using var chain = new KeyValueCache(model.Spec, batch: 1, capacity: 24);
        foreach (var cache in (KeyValueCache[])[tree, chain])
        {
            model.Hidden(torch.tensor(Prefix, [1, 4]), cache);
        }

        model.Hidden(torch.tensor([5L, 6, 7, 8, 9, 10], [1, 6]), tree, new TokenTree([-1, 0, 0, 2, 3, 1]));
        tree.Keep(4, [0, 2, 3]);
        model.Hidden(torch.tensor([5L, 7, 8], [1, 3]), chain);

        var next = torch.tensor([11L], [1, 1]);
        var (kept, read) = (model.Hidden(next, tree), model.Hidden(next, chain));
        Assert.That(tree.Length, Is.EqualTo(chain.Length));
        Assert.That((kept - read).abs().max().item(), Is.LessThanOrEqualTo(Rounding * read.abs().max().item()));
    }

    [Test]
    public void A_branch_that_the_cache_does_not_hold_is_refused()
    {
        using var scope = torch.NewDisposeScope();
        using var recording = torch.no_grad();
        using var model = Build(Configs[0]);
        using var cache = new KeyValueCache(model.Spec, batch: 1, capacity: 24);
        model.Hidden(torch.tensor(Prefix, [1, 4]), cache);

        Assert.That(() => cache.Keep(2, [0, 2]), Throws.ArgumentException.With.Message.StartsWith("The branch holds '2' at place 1 but must ascend and be below the 2 tokens from position 2 on."));
        Assert.That(() => cache.Keep(2, [1, 0]), Throws.ArgumentException);
    }

    private static long[] Prefix => [1, 2, 3, 4];

    private static DecoderModel Build(DecoderConfig config) => new(config.ToSpec(0), Key, new TKernels());

    private static IEnumerable<int> Branch(int[] parents, int node)
    {
        return node < 0 ? [] : Branch(parents, parents[node]).Append(node);
    }
}
