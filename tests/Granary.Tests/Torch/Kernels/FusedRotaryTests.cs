using Granary.Testing;

namespace Granary.Torch.Kernels.Tests;

public sealed class FusedRotaryTests : TensorFixture
{
    private const int Heads = 4;
    private const int KeyHeads = 2;
    private const int Dims = 8;
    private const int Width = (Heads + (2 * KeyHeads)) * Dims;

    [TestCase(Dims, Description = "all dims turn")]
    [TestCase(4, Description = "half of the dims turn")]
    public void Queries_and_keys_turn_and_values_stay(int rotated)
    {
        var (cos, sin) = Tables(9, rotated);

        KernelComparison.Verify(
            inputs => [FusedRotary.RotatePacked(inputs[0], Heads, KeyHeads, cos, sin)],
            inputs => [Reference(inputs[0], cos, sin, null)],
            KernelComparison.Random(2, 9, Width));
    }

    [Test]
    public void Positions_choose_the_rows_of_the_tables()
    {
        var (cos, sin) = Tables(20, Dims);
        var positions = torch.tensor([3L, 19, 0, 7, 7, 1], [2, 3]);

        KernelComparison.Verify(
            inputs => [FusedRotary.RotatePacked(inputs[0], Heads, KeyHeads, cos, sin, positions)],
            inputs => [Reference(inputs[0], cos, sin, positions)],
            KernelComparison.Random(2, 3, Width));
    }

    [Test]
    public void In_place_is_the_same_without_a_copy()
    {
        var (cos, sin) = Tables(9, Dims);
        var address = 0L;

        KernelComparison.Verify(
            inputs =>
            {
                // The product's own values are not needed by its backward, as with a linear layer.
                var packed = inputs[0].matmul(inputs[1]);
                var rotated = FusedRotary.RotatePackedInPlace(packed, Heads, KeyHeads, cos, sin);
                address = Address(rotated) - Address(packed);
                return [rotated];
            },
            inputs => [Reference(inputs[0].matmul(inputs[1]), cos, sin, null)],
            KernelComparison.Random(2, 9, 16),
            KernelComparison.Random(16, Width));
        Assert.That(address, Is.Zero);
    }

    [Test]
    public void In_place_refuses_where_the_values_are_needed()
    {
        var (cos, sin) = Tables(9, Dims);
        var packed = KernelComparison.Random(2, 9, Width).requires_grad_().exp();

        var rotated = FusedRotary.RotatePackedInPlace(packed, Heads, KeyHeads, cos, sin);

        Assert.Throws<TorchException>(() => rotated.sum().backward());
        Assert.Throws<ArgumentException>(() => FusedRotary.RotatePackedInPlace(KernelComparison.Random(2, 9, Width).requires_grad_(), Heads, KeyHeads, cos, sin));
        Assert.Throws<ArgumentException>(() => FusedRotary.RotatePackedInPlace(KernelComparison.Random(9, 2, Width).transpose(0, 1), Heads, KeyHeads, cos, sin));
    }

    [Test]
    public void Tables_may_be_gone_before_backward()
    {
        var packed = KernelComparison.Random(1, 3, Width).requires_grad_();
        Tensor rotated;
        using (torch.NewDisposeScope())
        {
            var (cos, sin) = Tables(9, Dims);
            rotated = FusedRotary.RotatePacked(packed, Heads, KeyHeads, cos, sin).MoveToOuterDisposeScope();
        }

        Assert.DoesNotThrow(() => rotated.sum().backward());
    }

    [Test]
    public void Tables_that_are_too_short_or_too_wide_are_refused()
    {
        var packed = torch.zeros(1, 9, Width);
        var (shortCos, shortSin) = Tables(8, Dims);
        var (wideCos, wideSin) = Tables(9, 2 * Dims);

        Assert.Throws<TorchException>(() => FusedRotary.RotatePacked(packed, Heads, KeyHeads, shortCos, shortSin));
        Assert.Throws<ArgumentException>(() => FusedRotary.RotatePacked(packed, Heads, KeyHeads, wideCos, wideSin));
        Assert.Throws<ArgumentException>(() => FusedRotary.RotatePacked(packed, 3, KeyHeads, shortCos, shortSin));
    }

    private static unsafe long Address(Tensor tensor) => (long)tensor.DataPointer();

    private static (Tensor Cos, Tensor Sin) Tables(int positions, int rotated)
    {
        var angles = torch.outer(torch.arange(positions, ScalarType.Float32), torch.arange(rotated / 2, ScalarType.Float32).mul(-0.7).exp());
        return (angles.cos(), angles.sin());
    }

    private static Tensor Reference(Tensor packed, Tensor cos, Tensor sin, Tensor? positions)
    {
        var (batch, length) = (packed.size(0), packed.size(1));
        var half = cos.size(1);
        Tensor Rows(Tensor table) => (positions is null ? table.narrow(0, 0, length).unsqueeze(0) : table.index_select(0, positions.view(-1)).view(batch, length, half)).unsqueeze(2).to(packed.dtype);
        var heads = packed.view(batch, length, Heads + (2 * KeyHeads), Dims);
        var turning = heads.narrow(2, 0, Heads + KeyHeads);
        var (first, second) = (turning.narrow(3, 0, half), turning.narrow(3, half, half));
        var turned = torch.cat([first * Rows(cos) - second * Rows(sin), second * Rows(cos) + first * Rows(sin), turning.narrow(3, 2 * half, Dims - (2 * half))], dim: 3);
        return torch.cat([turned, heads.narrow(2, Heads + KeyHeads, KeyHeads)], dim: 2).view(batch, length, Width);
    }
}
