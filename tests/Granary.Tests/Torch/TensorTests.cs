using Granary.Testing;

namespace Granary.Torch.Tests;

public sealed class TensorTests : TensorFixture
{
    [Test]
    public void Layout_is_what_libtorch_says()
    {
        var x = torch.zeros(2, 3, 4).transpose(0, 2);

        Assert.That(x.shape, Is.EqualTo(new long[] { 4, 3, 2 }));
        Assert.That((x.ndim, x.numel(), x.size(-1), x.stride(0), x.stride(-1)), Is.EqualTo((3, 24L, 2L, 1L, 12L)));
        Assert.That(x.is_contiguous(), Is.False);
        Assert.That(x.contiguous().is_contiguous());
        Assert.That(x.ToString(), Is.EqualTo("float32[4, 3, 2] on cpu"));
        Assert.Throws<ArgumentOutOfRangeException>(() => x.size(3));
        Assert.Throws<ArgumentOutOfRangeException>(() => x.stride(-4));
    }

    [Test]
    public void Writes_through_the_span_are_seen_by_operators()
    {
        var x = torch.zeros(2, 2);

        x.data<float>()[3] = 5;

        Assert.That(x.sum().item(), Is.EqualTo(5));
        Assert.That(x.view(4).select(0, 3).item(), Is.EqualTo(5));
    }

    [Test]
    public void The_span_has_to_fit_the_tensor()
    {
        var x = torch.zeros(2, 3);

        var thrown = Assert.Throws<InvalidOperationException>(() => x.data<double>());

        Assert.That(thrown.Message, Does.Contain("float32[2, 3] on cpu").And.Contain("'Double'"));
        Assert.Throws<InvalidOperationException>(() => x.t().data<float>());
        Assert.Throws<InvalidOperationException>(() => _ = x.t().bytes);
    }

    [Test]
    public void An_empty_tensor_has_an_empty_span()
    {
        Assert.That(torch.zeros(0, 3).data<float>().Length, Is.Zero);
        Assert.That(torch.tensor(Array.Empty<long>()).to_array<long>(), Is.Empty);
    }

    [Test]
    public void An_array_holds_the_elements_in_row_major_order()
    {
        Assert.That(torch.arange(6).view(2, 3).t().to_array<long>(), Is.EqualTo(new long[] { 0, 3, 1, 4, 2, 5 }));
    }

    [TestCase(new[] { 1.5f, -2f, float.PositiveInfinity })]
    public void Float32_goes_in_and_out(float[] values) => RoundTrip(values, ScalarType.Float32);

    [TestCase(new[] { 1.5, -2, double.MaxValue })]
    public void Float64_goes_in_and_out(double[] values) => RoundTrip(values, ScalarType.Float64);

    [TestCase(new[] { long.MinValue, 0, long.MaxValue })]
    public void Int64_goes_in_and_out(long[] values) => RoundTrip(values, ScalarType.Int64);

    [TestCase(new[] { int.MinValue, 0, int.MaxValue })]
    public void Int32_goes_in_and_out(int[] values) => RoundTrip(values, ScalarType.Int32);

    [TestCase(new byte[] { 0, 1, 255 })]
    public void Bytes_go_in_and_out(byte[] values) => RoundTrip(values, ScalarType.Byte);

    [TestCase(new[] { true, false, true })]
    public void Truth_values_go_in_and_out(bool[] values) => RoundTrip(values, ScalarType.Bool);

    [Test]
    public void Float16_goes_in_and_out() => RoundTrip([(Half)1.5f, Half.MaxValue], ScalarType.Float16);

    [Test]
    public void BFloat16_is_the_upper_half_of_float32()
    {
        float[] values = [1.5f, -3f, 0.15625f];

        var stored = torch.tensor(values, type: ScalarType.BFloat16);

        Assert.That(stored.dtype, Is.EqualTo(ScalarType.BFloat16));
        Assert.That(Array.ConvertAll(stored.to_array<BFloat16Bits>(), bits => bits.ToSingle()), Is.EqualTo(values));
        RoundTrip(stored.to_array<BFloat16Bits>(), ScalarType.BFloat16);
    }

    [Test]
    public void Integers_stay_integers_beside_integers()
    {
        var ids = torch.arange(3);

        foreach (var result in new[] { ids + 1, 1 + ids, ids - 1, 1 - ids, ids * 2, 2 * ids, ids.add(1), ids.clamp(0, 1), ids.clone().add_(1).mul_(2).sub_(1) })
        {
            Assert.That(result.dtype, Is.EqualTo(ScalarType.Int64));
        }

        TensorAssert.HasValues(1 - ids, [1, 0, -1]);
        Assert.That((ids + 0.5).dtype, Is.EqualTo(ScalarType.Float32));
    }

    [Test]
    public void A_literal_zero_is_a_dim()
    {
        var x = torch.ones(2, 3);

        Assert.That(x.sum(0).shape, Is.EqualTo(new long[] { 3 }));
        Assert.That(x.mean(0).shape, Is.EqualTo(new long[] { 3 }));
        Assert.That(x.softmax(0).dtype, Is.EqualTo(ScalarType.Float32));
    }

    [Test]
    public void Operators_of_the_language_keep_their_order()
    {
        var x = torch.tensor([4f]);
        var y = torch.tensor([2f]);

        TensorAssert.HasValues((x - y) / y + (1.0 - x) * -y, [7]);
    }

    [Test]
    public void A_detached_tensor_shares_memory_without_history()
    {
        var x = torch.ones([2], requires_grad: true);
        var detached = x.detach();

        detached.data<float>()[0] = 7;

        Assert.That(detached.requires_grad, Is.False);
        TensorAssert.HasValues(x, [7, 1]);
    }

    [Test]
    public void An_alias_outlives_the_first_owner()
    {
        var x = torch.ones(2);
        var alias = x.alias();
        x.Dispose();

        TensorAssert.HasValues(alias, [1, 1]);
    }

    [Test]
    public void In_place_changes_are_counted_for_all_views()
    {
        var x = torch.zeros(4);
        var view = x.view(2, 2);
        var before = x.Version;

        view.add_(1);
        x.detach().add_(1);

        Assert.That(x.Version, Is.EqualTo(before + 2));
    }

    [Test]
    public void Memory_that_was_freed_and_came_back_serves_every_tensor_over_it()
    {
        var flat = torch.ones([6]);
        var weight = torch.zeros([2, 3], requires_grad: true);
        weight.set_data(flat.narrow(0, 0, 6).view(2, 3));
        var x = torch.ones([1, 3], requires_grad: true);
        var y = x.matmul(weight.t());

        flat.resize_storage_(0);
        flat.resize_storage_(6 * sizeof(float));
        flat.fill_(2);
        y.sum().backward();

        Assert.That(x.grad!.to_array<float>(), Is.All.EqualTo(4), "what the graph saved is over the new memory");
        Assert.That(weight.grad!.shape, Is.EqualTo(new long[] { 2, 3 }));
    }

    [Test]
    public void Memory_of_the_caller_cannot_be_resized()
    {
        Assert.Throws<TorchException>(() => torch.from_array(new float[4], 4).resize_storage_(0));
    }

    [Test]
    public void The_printable_form_shows_the_elements()
    {
        Assert.That(torch.tensor([1.5f]).str(), Does.Contain("1.5"));
    }

    private static void RoundTrip<T>(T[] values, ScalarType type)
        where T : unmanaged
    {
        var copied = torch.tensor(values);

        Assert.That(copied.dtype, Is.EqualTo(type));
        Assert.That(copied.to_array<T>(), Is.EqualTo(values));
        Assert.That(torch.from_array(values, values.Length).clone().to_array<T>(), Is.EqualTo(values));
    }
}
