using Granary.Testing;

namespace Granary.Torch.Kernels.Mixed.Tests;

public sealed class MixedAdamWTests : TensorFixture
{
    [Test]
    public void Chunks_cover_every_element_once()
    {
        var chunks = MixedAdamW.ChunksOf([1, 0, MixedAdamW.Chunk, (2 * MixedAdamW.Chunk) + 1]);

        Assert.That(chunks.Chunk(2).Select(pair => (pair[0], pair[1])), Is.EqualTo(new[] { (0, 0), (2, 0), (3, 0), (3, 1), (3, 2) }));
    }

    [Test]
    public void The_description_is_sent_again_only_when_an_address_changed()
    {
        using var adamW = new MixedAdamW(new ScalarAdamWCalls());
        var parameter = ParameterOf(5);

        adamW.SumOfSquares([parameter]);
        adamW.Step([parameter], Settings);
        adamW.Step([parameter], Settings);
        var before = adamW.Sent;
        adamW.Step([parameter with { Gradient = torch.ones(5) }], Settings);

        Assert.That((before, adamW.Sent), Is.EqualTo((1, 2)));
    }

    [Test]
    public void The_copy_in_bfloat16_is_written_with_the_parameter_and_is_up_to_date()
    {
        using var adamW = new MixedAdamW(new ScalarAdamWCalls());
        var parameter = ParameterOf(300);
        var copy = parameter.Value.Companions.Copy();

        adamW.Step([parameter], Settings);

        Assert.That(copy.equal(parameter.Value.to(ScalarType.BFloat16)));

        // What is up to date is not made again: a number written into it stays.
        copy.narrow(0, 0, 1).fill_(7);
        Assert.That(parameter.Value.Companions.Copy().narrow(0, 0, 1).item(), Is.EqualTo(7));
    }

    [Test]
    public void A_parameter_changed_by_somebody_else_is_copied_again()
    {
        var parameter = ParameterOf(3).Value;
        var copy = parameter.Companions.Copy();

        parameter.fill_(2);
        MixedValues.Refresh([parameter]);

        Assert.That(copy.to(ScalarType.Float32).to_array<float>(), Is.All.EqualTo(2));
    }

    [Test]
    public void The_squares_of_all_gradients_are_summed()
    {
        using var adamW = new MixedAdamW(new ScalarAdamWCalls());
        var (first, second) = (ParameterOf(MixedAdamW.Chunk + 3), ParameterOf(2) with { Gradient = torch.full([2], 3) });

        var sum = adamW.SumOfSquares([first, second]);

        Assert.That(sum, Is.EqualTo(first.Gradient.to(ScalarType.Float64).square().sum().item() + 18).Within(1e-9));
        Assert.That(adamW.SumOfSquares([]), Is.Zero);
    }

    [Test]
    public void Tensors_that_differ_in_size_are_refused()
    {
        using var adamW = new MixedAdamW(new ScalarAdamWCalls());

        var thrown = Assert.Throws<ArgumentException>(() => adamW.Step([ParameterOf(5) with { Gradient = torch.ones(4) }], Settings));

        Assert.That(thrown!.Message, Does.Contain("'Gradient' is float32[4]"));
    }

    private static AdamWSettings Settings => new() { LearningRate = 0.1, Step = 1, Beta1 = 0.9, Beta2 = 0.95, Epsilon = 1e-8, GradientScale = 1 };

    private static AdamWParameter ParameterOf(long count)
    {
        using var generator = new Generator(count);
        return new AdamWParameter(
            torch.randn([count], generator: generator), torch.randn([count], generator: generator), torch.zeros(count), torch.zeros(count), WeightDecay: 0.1);
    }
}
