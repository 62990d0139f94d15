using Granary.Testing;

namespace Granary.Torch.Operators.Tests;

public sealed class OperatorTests : TensorFixture
{
    [Test]
    public void An_operator_is_found_by_name_and_overload()
    {
        var add = Operator.Find("aten::add", "Tensor");

        Assert.That(add.Schema, Does.StartWith("aten::add.Tensor(Tensor self, Tensor other"));
        TensorAssert.HasValues(add.Call(torch.ones(2), torch.ones(2)), [2, 2]);
    }

    [Test]
    public void An_operator_is_looked_up_once()
    {
        var first = Operator.Find("aten::add", "Tensor");

        Assert.That(Operator.Find("aten::add", "Tensor"), Is.SameAs(first));
    }

    [Test]
    public void An_unknown_operator_is_named_with_the_version()
    {
        var thrown = Assert.Throws<TorchException>(() => Operator.Find("aten::ad", "Tensor"));

        Assert.That(thrown.Message, Is.EqualTo($"No operator is named 'aten::ad' with overload 'Tensor' in libtorch {torch.version}."));
        Assert.That(Operator.TryFind("aten::ad", "Tensor"), Is.Null);
    }

    [Test]
    public void A_wrong_shape_is_explained_with_schema_types_and_shapes()
    {
        var thrown = Assert.Throws<TorchException>(() => torch.ones(2, 3).add(torch.ones([4], ScalarType.Float64)));

        Assert.That(thrown.Message, Does.Contain("must match the size of tensor"));
        Assert.That(thrown.Message, Does.Contain("operator 'aten::add.Tensor(Tensor self, Tensor other"));
        Assert.That(thrown.Message, Does.Contain("given (Tensor Float[2, 3] on cpu, Tensor Double[4] on cpu)."));
    }

    [Test]
    public void A_wrong_list_is_explained_with_its_tensors()
    {
        var thrown = Assert.Throws<TorchException>(() => torch.cat([torch.ones(2, 3), torch.ones(3)]));

        Assert.That(thrown.Message, Does.Contain("given (2 tensors [Tensor Float[2, 3] on cpu, Tensor Float[3] on cpu], integer 0)."));
    }

    [Test]
    public void A_long_list_is_not_shown_whole()
    {
        var many = Enumerable.Range(0, 20).Select(_ => torch.ones(2)).Append(torch.ones(2, 2)).ToArray();

        var thrown = Assert.Throws<TorchException>(() => torch.cat(many));

        Assert.That(thrown.Message, Does.Contain("21 tensors [").And.Contain(", ...]"));
    }

    [TestCase("text for a tensor", 0)]
    [TestCase("tensor for an integer", 1)]
    [TestCase("too many", 2)]
    [TestCase("too few", 3)]
    public void Arguments_that_do_not_fit_the_schema_are_refused(string description, int which)
    {
        var x = torch.ones(2);
        TestDelegate call = which switch
        {
            0 => () => Operator.Find("aten::neg").Call("x"),
            1 => () => Operator.Find("aten::transpose", "int").Call(x, x, 0L),
            2 => () => Operator.Find("aten::neg").Call(x, x),
            _ => () => Operator.Find("aten::transpose", "int").Call(x, 0L),
        };

        var thrown = Assert.Throws<TorchException>(call, description);

        Assert.That(thrown.Message, Does.Contain("argument").And.Contain("operator 'aten::").And.Contain("given ("));
    }

    [Test]
    public void Trailing_arguments_take_the_defaults_of_the_schema()
    {
        TensorAssert.HasValues(Operator.Find("aten::cat").Call(new[] { torch.ones(1), torch.zeros(1) }), [1, 0]);
    }

    [Test]
    public void Optional_arguments_can_be_left_out()
    {
        var x = torch.tensor([3f, -1f]);

        TensorAssert.HasValues(x.clamp(min: 0.0), [3, 0]);
        TensorAssert.HasValues(x.clamp(max: 0.0), [0, -1]);
        Assert.That(Operator.Find("aten::argmax").Call(x).item_int64(), Is.Zero);
    }

    [Test]
    public void An_optional_tensor_can_be_left_out()
    {
        TensorAssert.HasValues(Operator.Find("aten::linear").Call(torch.ones(1, 2), torch.ones(1, 2), null as Tensor), [2]);
    }

    [Test]
    public void Lists_of_optional_tensors_keep_their_gaps()
    {
        var x = torch.arange(6).view(2, 3);

        TensorAssert.HasValues(x.index(null, torch.tensor([2L])), [2, 5]);
    }

    [Test]
    public void A_list_may_be_one_integer()
    {
        TensorAssert.HasValues(torch.ones(2, 3).sum(1), [3, 3]);
    }

    [Test]
    public void Lists_of_reals_are_passed()
    {
        var scaled = Operator.Find("aten::upsample_nearest1d", "vec").Call(torch.ones(1, 1, 2), null as long[], new[] { 2.0 });

        Assert.That(scaled.shape, Is.EqualTo(new long[] { 1, 1, 4 }));
    }

    [Test]
    public void Lists_of_truth_values_are_passed_as_integers()
    {
        var input = torch.randn(2, 3);
        var (output, mean, deviation) = Operator.Find("aten::native_layer_norm").CallTriple(input, new long[] { 3 }, null as Tensor, null as Tensor, 1e-5);

        var gradients = Operator.Find("aten::native_layer_norm_backward")
            .CallList(torch.ones_like(output), input, new long[] { 3 }, mean, deviation, null as Tensor, null as Tensor, new long[] { 1, 0, 0 });

        Assert.That(gradients, Has.Length.EqualTo(3));
        Assert.That(gradients[0], Is.Not.Null);
        Assert.That(gradients[1], Is.Null, "an undefined result is null");
    }

    [Test]
    public void Types_devices_and_generators_are_passed()
    {
        using var generator = new Generator(1);

        var x = Operator.Find("aten::randn", "generator").Call(new long[] { 2 }, generator, ScalarType.Float64, null as long?, torch.CPU);

        Assert.That(x.dtype, Is.EqualTo(ScalarType.Float64));
        Assert.That(x.device.Type, Is.EqualTo(DeviceType.CPU));
    }

    [Test]
    public void A_device_that_does_not_exist_is_an_error()
    {
        Assert.Throws<TorchException>(() => Operator.Find("aten::ones").Call(new long[] { 2 }, null as long?, null as long?, "moon"));
    }

    [Test]
    public void Text_is_passed_as_utf8()
    {
        var thrown = Assert.Throws<TorchException>(() => torch.ones(2).gelu("größe"));

        Assert.That(thrown.Message, Does.Contain("größe"));
    }

    [Test]
    public void In_place_operators_return_the_same_object()
    {
        var x = torch.ones(2);

        Assert.That(x.add_(1), Is.SameAs(x));
        Assert.That(x.mul_(3).sub_(torch.ones(2)).zero_(), Is.SameAs(x));
    }

    [TestCase("aten::add", "Tensor", Description = "returns another tensor")]
    [TestCase("aten::equal", "", Description = "returns a truth value")]
    public void An_operator_that_is_not_in_place_is_refused_as_such(string name, string overload)
    {
        var x = torch.ones(2);

        var thrown = Assert.Throws<TorchException>(() => Operator.Find(name, overload).CallInPlace(x, x));

        Assert.That(thrown.Message, Does.Contain($"Operator '{name}").And.Contain("use Call"));
    }

    [Test]
    public void Asking_for_another_kind_of_result_is_an_error()
    {
        var x = torch.ones(2, 2);

        Assert.Throws<TorchException>(() => Operator.Find("aten::equal").Call(x, x));
        Assert.Throws<TorchException>(() => Operator.Find("aten::neg").CallNumber(x));
        Assert.Throws<TorchException>(() => Operator.Find("aten::neg").CallInteger(x));
        Assert.Throws<TorchException>(() => Operator.Find("aten::neg").CallPair(x));
        Assert.Throws<TorchException>(() => Operator.Find("aten::neg").CallVoid(x));
        Assert.Throws<TorchException>(() => Operator.Find("aten::max", "dim").Call(x, 0L));
    }

    [Test]
    public void Results_that_are_refused_are_freed()
    {
        var neg = Operator.Find("aten::neg");
        var x = torch.ones(256, 1_024);

        var growth = ResidentSet.GrowthOf(() =>
        {
            for (var count = 0; count < 300; count++)
            {
                Assert.Throws<TorchException>(() => neg.CallNumber(x));
                Assert.Throws<TorchException>(() => neg.CallPair(x));
                Assert.Throws<TorchException>(() => neg.CallInPlace(x));
            }
        });

        Assert.That(growth, Is.LessThan(200L << 20), "900 MiB were made");
    }

    [Test]
    public void Numbers_integers_and_truth_values_are_results()
    {
        Assert.That(torch.tensor(2.5).item(), Is.EqualTo(2.5));
        Assert.That(torch.tensor([7L]).item_int64(), Is.EqualTo(7));
        Assert.That(torch.ones(2).equal(torch.ones(2)), Is.True);
        Assert.That(torch.ones(2).allclose(torch.zeros(2)), Is.False);
    }

    [Test]
    public void Thousands_of_results_come_back()
    {
        Assert.That(torch.ones(5_000).split(1), Has.Length.EqualTo(5_000));
    }

    [Test]
    public void A_disposed_argument_is_named_as_such()
    {
        var x = torch.ones(2);
        x.Dispose();

        Assert.Throws<ObjectDisposedException>(() => torch.ones(2).add(x));
        Assert.Throws<ObjectDisposedException>(() => torch.cat([torch.ones(2), x]));
    }
}
