using Granary.Torch;
using Granary.Torch.Cuda;
using Granary.Torch.Kernels.Mixed;

namespace Granary.Gpu.Tests;

/// <summary>The device itself: recorded work, time, memory.</summary>
public sealed class CudaTests : GpuFixture
{
    [Test]
    public void The_device_says_what_it_is()
    {
        RequireGpu();

        var device = torch.cuda.get_device_properties();

        TestContext.Out.WriteLine($"{device.Name}, {device.TotalMemory / 1e9:F1} GB, {device.Multiprocessors} multiprocessors, {device.Major}.{device.Minor}; libtorch {torch.version}; own kernels: {torch.cuda.has_kernels}");
        Assert.That(torch.cuda.device_count(), Is.GreaterThan(0));
        Assert.That(device.TotalMemory, Is.GreaterThan(1L << 30));
        Assert.That(device.Multiprocessors, Is.GreaterThan(0));
    }

    [Test]
    public void The_build_has_its_own_kernels()
    {
        RequireGpu();

        Assert.That(torch.cuda.has_kernels, "native/ was built without nvcc");
    }

    [Test]
    public void A_recorded_computation_reads_what_lies_there_when_it_is_replayed()
    {
        RequireGpu();
        using var mode = torch.no_grad();
        var input = torch.zeros(1_000);
        var output = torch.zeros(1_000);

        using var graph = CudaGraph.Capture(() => output.copy_((input * 2) + 1));
        Assert.That(output.sum().item(), Is.Zero, "recording runs nothing");
        foreach (var value in new[] { 3.0, -4.0 })
        {
            input.copy_(torch.full([1_000], value));
            graph.Replay();
            Assert.That(output.sum().item(), Is.EqualTo(1_000 * ((2 * value) + 1)));
        }
    }

    [Test]
    public void A_recorded_way_back_writes_the_gradient_where_it_lay()
    {
        RequireGpu();
        var weight = torch.tensor([1.0f, 2.0f, 3.0f]).requires_grad_();
        var input = torch.tensor([1.0f, 1.0f, 1.0f]);
        using (torch.NewDisposeScope())
        {
            // Nothing of it may live on: what adds up a leaf's gradient stays on the stream it was made on as long as it lives.
            (weight * input).square().sum().backward();
        }

        weight.ReleaseGradForReuse();
        using var graph = CudaGraph.Capture(() => MixedValues.Read(weight, ScalarType.Float32).mul(input).square().sum().backward());
        input.copy_(torch.tensor([2.0f, 0.0f, 1.0f]));
        graph.Replay();
        weight.RestoreGrad();

        Assert.That(weight.grad!.to_array<float>(), Is.EqualTo(new[] { 8.0f, 0.0f, 6.0f }));
    }

    [Test]
    public void Work_that_reads_a_result_back_cannot_be_recorded_and_the_device_goes_on()
    {
        RequireGpu();
        var values = torch.ones(10);

        Assert.Throws<TorchException>(() => CudaGraph.Capture(() => values.sum().item()).Dispose());
        Assert.That(values.sum().item(), Is.EqualTo(10));
    }

    [Test]
    public void Two_recordings_share_memory_and_take_turns()
    {
        RequireGpu();
        using var mode = torch.no_grad();
        var (input, first, second) = (torch.ones(1 << 16), torch.zeros([]), torch.zeros([]));

        using var one = CudaGraph.Capture(() => first.copy_((input * 3).sum()));
        using var other = CudaGraph.Capture(() => second.copy_((input * 5).exp().log().sum()));
        for (var turn = 0; turn < 3; turn++)
        {
            one.Replay();
            other.Replay();
        }

        Assert.That(first.item(), Is.EqualTo(3.0 * (1 << 16)));
        Assert.That(second.item(), Is.EqualTo(5.0 * (1 << 16)).Within(0.01).Percent);
    }

    [Test]
    public void Points_in_the_stream_tell_the_time_between_them()
    {
        RequireGpu();
        var matrix = torch.ones([2_048, 2_048]);
        using var begin = CudaEvent.Record();
        var product = matrix.mm(matrix);
        using var end = CudaEvent.Record();

        Assert.That(end.MillisecondsSince(begin), Is.GreaterThan(0).And.LessThan(10_000));
        Assert.That(product.max().item(), Is.EqualTo(2_048));
    }

    [Test]
    public void Memory_is_counted()
    {
        RequireGpu();
        const long bytes = 64L << 20;
        var before = torch.cuda.memory().Live;
        torch.cuda.reset_peak_memory();

        torch.empty([bytes], ScalarType.Byte).Dispose();
        var held = torch.empty([bytes], ScalarType.Byte);
        var during = torch.cuda.memory();
        held.Dispose();

        Assert.That(during.Live - before, Is.EqualTo(bytes));
        Assert.That(torch.cuda.memory().Peak - before, Is.EqualTo(bytes));
        Assert.That(torch.cuda.memory().Live, Is.EqualTo(before));
    }
}
