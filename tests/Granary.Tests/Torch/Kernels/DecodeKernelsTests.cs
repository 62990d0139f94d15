using Granary.Testing;

namespace Granary.Torch.Kernels.Tests;

public sealed class DecodeKernelsTests : TensorFixture
{
    // float32 against float64 over some hundred terms.
    private const double Relative = 1e-5;
    private const double Absolute = 1e-5;

    [TestCase(1, 128, 384, true, Description = "one row")]
    [TestCase(5, 70, 33, false, Description = "ragged")]
    [TestCase(64, 96, 200, true, Description = "as many as are meant")]
    public void A_product_is_the_products_and_its_rows_have_the_bits_they_have_alone(int rows, int inputs, int outputs, bool hasBias)
    {
        var (x, weight, bias) = (KernelComparison.Random(rows, inputs), KernelComparison.Random(outputs, inputs), hasBias ? KernelComparison.Random(outputs) : null);

        var y = DecodeKernels.Linear(x, weight, bias);

        var exact = x.to(ScalarType.Float64).matmul(weight.to(ScalarType.Float64).t());
        TensorAssert.AreClose(y.to(ScalarType.Float64), bias is null ? exact : exact + bias.to(ScalarType.Float64), Relative, Absolute, "product");
        for (var row = 0; row < rows; row++)
        {
            Assert.That(DecodeKernels.Linear(x.narrow(0, row, 1), weight, bias).equal(y.narrow(0, row, 1)), Is.True, $"row {row}");
        }
    }

    [TestCase(0, 6, 2, 2, 16, Description = "nothing before")]
    [TestCase(7, 5, 4, 2, 20, Description = "odd dims")]
    [TestCase(130, 9, 4, 1, 64, Description = "several blocks")]
    public void Tokens_in_a_row_see_what_a_causal_mask_shows_them(int cached, int tokens, int heads, int keyHeads, int dims)
    {
        var (q, k, v) = Operands(cached, tokens, heads, keyHeads, dims);
        var (expected, _) = FusedAttention.Forward(q, k, v, AttentionMask.Causal(cached));

        var actual = torch.empty([1, heads, tokens, dims]);
        DecodeKernels.AttendInto(q, k, v, [], actual);

        TensorAssert.AreClose(actual, expected, Relative, Absolute, "attention");
    }

    [Test]
    public void A_branch_has_the_bits_of_the_same_tokens_in_a_row()
    {
        int[] parents = [-1, 0, 0, 1, 2, 4];
        long[] branch = [0, 2, 4, 5];
        var (q, k, v) = Operands(cached: 70, tokens: 6, heads: 2, keyHeads: 1, dims: 24);
        var rows = torch.tensor(branch);
        var keys = torch.tensor([.. Enumerable.Range(0, 70).Select(key => (long)key), .. branch.Select(token => 70 + token)]);

        var tree = torch.empty([1, 2, 6, 24]);
        DecodeKernels.AttendInto(q, k, v, parents, tree);
        var chain = torch.empty([1, 2, 4, 24]);
        DecodeKernels.AttendInto(q.index_select(2, rows), k.index_select(2, keys), v.index_select(2, keys), [], chain);

        Assert.That(chain.equal(tree.index_select(2, rows)), Is.True);
    }

    [Test]
    public void Reading_reads_every_number()
    {
        var (first, second) = (KernelComparison.Random(1_001), KernelComparison.Random(37, 5));
        var words = first.to_array<float>().Concat(second.to_array<float>()).Select(BitConverter.SingleToUInt32Bits);

        Assert.That(DecodeKernels.Read([first, second]), Is.EqualTo(words.Aggregate((left, right) => left ^ right)));
    }

    [Test]
    public void Operands_that_do_not_fit_are_refused()
    {
        var (q, k, v) = Operands(cached: 3, tokens: 2, heads: 1, keyHeads: 1, dims: 4);

        Assert.That(() => DecodeKernels.AttendInto(q, k, v, [-1, 0, 1], torch.empty_like(q)), Throws.ArgumentException.With.Message.StartsWith("There are '3' parents but must be one for each of the 2 queries, or none."));
        Assert.That(() => DecodeKernels.Linear(torch.ones(2, 3), torch.ones(4, 5), null), Throws.ArgumentException.With.Message.StartsWith("'x_NI' is"));
    }

    private static (Tensor Q, Tensor K, Tensor V) Operands(int cached, int tokens, int heads, int keyHeads, int dims)
    {
        return (KernelComparison.Random(1, heads, tokens, dims), KernelComparison.Random(1, keyHeads, cached + tokens, dims), KernelComparison.Random(1, keyHeads, cached + tokens, dims).neg());
    }
}
