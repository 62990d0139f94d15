using Granary.Testing;

namespace Granary.Torch.Kernels.Tests;

/// <summary>Attention with rounded factors against the same without: every form hands the choice on, forward and backward.</summary>
public sealed class FusedAttentionRoundedTests : TensorFixture
{
    private const int Rows = 2;
    private const int Length = 37;
    private const int Heads = 4;
    private const int KeyHeads = 2;
    private const int Dims = 24;

    // bfloat16 keeps 8 bits: each factor is off by up to 2^-9 of itself.
    private const double Largest = 0.02;

    [Test]
    public void Packed_rows_are_near_those_of_float32_and_differ()
    {
        RequireNear((packed, areRounded) => FusedAttention.AttendPacked(packed, Heads, KeyHeads, AttentionMask.Causal(), areRounded: areRounded));
    }

    [Test]
    public void Rotated_rows_are_near_those_of_float32_and_differ()
    {
        var angles = torch.arange(Length, ScalarType.Float32).unsqueeze(1) * 0.1;
        var (cos, sin) = (angles.expand(Length, Dims / 2).cos().contiguous(), angles.expand(Length, Dims / 2).sin().contiguous());
        RequireNear((packed, areRounded) => FusedAttention.AttendPackedRotated(packed * 1.0, Heads, KeyHeads, cos, sin, AttentionMask.Causal(), areRounded: areRounded));
    }

    [Test]
    public void Separate_parts_are_near_those_of_float32_and_differ()
    {
        RequireNear((packed, areRounded) =>
        {
            var parts = packed.view(Rows, Length, Heads + (2 * KeyHeads), Dims).transpose(1, 2);
            var (q, k, v) = (parts.narrow(1, 0, Heads), parts.narrow(1, Heads, KeyHeads), parts.narrow(1, Heads + KeyHeads, KeyHeads));
            return FusedAttention.Attend(q, k, v, AttentionMask.Full, areRounded: areRounded).Out;
        });
    }

    private static void RequireNear(Func<Tensor, bool, Tensor> attend)
    {
        var (exact, ofExact) = Run(attend, areRounded: false);
        var (rounded, ofRounded) = Run(attend, areRounded: true);
        RequireNear(rounded, exact);
        RequireNear(ofRounded, ofExact);
    }

    private static void RequireNear(Tensor rounded, Tensor exact)
    {
        var distance = (rounded - exact).abs().max().item() / exact.abs().max().item();
        Assert.That(distance, Is.GreaterThan(1e-5).And.LessThan(Largest));
    }

    private static (Tensor Out, Tensor Gradient) Run(Func<Tensor, bool, Tensor> attend, bool areRounded)
    {
        using var generator = new Generator(5);
        var packed = torch.randn([Rows, Length, (Heads + (2 * KeyHeads)) * Dims], generator: generator).requires_grad_();
        var output = attend(packed, areRounded);
        output.backward(torch.randn(output.shape, generator: generator));
        return (output.detach(), packed.grad!);
    }
}
