using Granary.Testing;

namespace Granary.Torch.Tests;

public sealed class AutogradFunctionTests : TensorFixture
{
    [Test]
    public void Backward_gives_the_gradient_of_forward()
    {
        GradientCheck.Verify(inputs => new MulAdd().apply(inputs)[0], [Random(2, 3), Random(2, 3), Random(2, 3)]);
    }

    [Test]
    public void Several_outputs_have_gradients_each()
    {
        GradientCheck.Verify(inputs => new SinCos().apply(inputs), [Random(2, 3)]);
    }

    [TestCase(0, Description = "only the first output is used")]
    [TestCase(1, Description = "only the second output is used")]
    public void An_unused_output_has_a_null_gradient(int used)
    {
        var x = Leaf(1, 2);
        var function = new SinCos();

        function.apply(x)[used].sum().backward();

        Assert.That(function.GivenNulls, Is.EqualTo(new[] { used != 0, used != 1 }));
        TensorAssert.AreClose(x.grad!, used == 0 ? x.detach().cos() : -x.detach().sin(), 1e-6, 1e-6);
    }

    [Test]
    public void An_output_of_integers_has_no_history()
    {
        var x = Leaf(3, 1, 2);

        var outputs = new SortWithIndices().apply(x);
        outputs[0].mul(torch.tensor([1f, 10f, 100f])).sum().backward();

        Assert.That(outputs[0].requires_grad);
        Assert.That(outputs[1].requires_grad, Is.False);
        TensorAssert.HasValues(x.grad!, [100, 1, 10]);
    }

    [Test]
    public void An_output_may_be_a_view_of_what_forward_made()
    {
        GradientCheck.Verify(inputs => new ViewOfResult().apply(inputs)[0].exp(), [Random(2, 3)]);
    }

    [Test]
    public void A_view_as_output_is_not_silently_changed_in_place()
    {
        var y = new ViewOfResult().apply(Leaf(1, 2))[0];

        Assert.Throws<TorchException>(() => y.add_(1));
    }

    [Test]
    public void No_input_may_be_an_output()
    {
        var thrown = Assert.Throws<InvalidOperationException>(() => new Identity(copies: false).apply(Leaf(1)));

        Assert.That(thrown.Message, Does.Contain("'Identity' returned one of its inputs; return a clone."));
    }

    [Test]
    public void No_second_owner_of_an_input_may_be_an_output()
    {
        var constant = torch.ones(1);

        var thrown = Assert.Throws<TorchException>(() => new Identity(copies: true).apply(constant, Leaf(1)));

        Assert.That(thrown.Message, Does.Contain("is one of its inputs"));
        Assert.That(constant.requires_grad, Is.False);
    }

    [Test]
    public void Only_inputs_that_need_a_gradient_say_so()
    {
        var function = new MulAdd();
        var x = Leaf(1, 2);

        function.apply(x, torch.ones(2), torch.ones(2))[0].sum().backward();

        Assert.That(function.Needed, Is.EqualTo(new[] { true, false, false }));
        TensorAssert.HasValues(x.grad!, [1, 1]);
    }

    [Test]
    public void Nothing_is_recorded_where_nothing_needs_it()
    {
        Assert.That(new MulAdd().apply(torch.ones(2), torch.ones(2), torch.ones(2))[0].requires_grad, Is.False);
        using var mode = torch.no_grad();
        Assert.That(new MulAdd().apply(Leaf(1, 2), torch.ones(2), torch.ones(2))[0].requires_grad, Is.False);
    }

    [Test]
    public void An_exception_in_backward_is_the_inner_exception()
    {
        var y = new Failing(new FormatException("The backward of the test failed.")).apply(Leaf(1, 2))[0].sum();

        var thrown = Assert.Throws<TorchException>(() => y.backward());

        Assert.That(thrown.Message, Does.Contain("The backward of the test failed."));
        Assert.That(thrown.InnerException, Is.InstanceOf<FormatException>());
    }

    [Test]
    public void An_exception_is_given_to_its_own_failure_only()
    {
        var y = new Failing(new FormatException("first")).apply(Leaf(1, 2))[0].sum();
        Assert.Throws<TorchException>(() => y.backward());

        var thrown = Assert.Throws<TorchException>(() => torch.ones(2).add(torch.ones(3)));

        Assert.That(thrown.InnerException, Is.Null);
    }

    [Test]
    public void An_exception_inside_a_nested_backward_is_passed_through()
    {
        var inner = new Failing(new FormatException("innermost"));
        var y = new Nested(inner).apply(Leaf(1, 2))[0].sum();

        var thrown = Assert.Throws<TorchException>(() => y.backward());

        Assert.That(thrown.InnerException, Is.InstanceOf<TorchException>());
        Assert.That(thrown.InnerException!.InnerException, Is.InstanceOf<FormatException>());
    }

    [Test]
    public void Backward_still_works_after_one_that_failed()
    {
        var x = Leaf(1, 2);
        Assert.Throws<TorchException>(() => new Failing(new FormatException("once")).apply(x)[0].sum().backward());

        new MulAdd().apply(x, x, x)[0].sum().backward();

        TensorAssert.HasValues(x.grad!, [3, 5]);
    }

    [Test]
    public void A_wrong_number_of_gradients_is_an_error()
    {
        var y = new WrongCount().apply(Leaf(1, 2), Leaf(1, 2))[0].sum();

        var thrown = Assert.Throws<TorchException>(() => y.backward());

        Assert.That(thrown.Message, Does.Contain("'WrongCount' returned 1 gradients for 2 inputs"));
    }

    [Test]
    public void A_gradient_of_the_wrong_shape_is_an_error_with_the_functions_name()
    {
        var y = new WrongShape().apply(Leaf(1, 2))[0].sum();

        var thrown = Assert.Throws<TorchException>(() => y.backward());

        Assert.That(thrown.Message, Does.Contain("WrongShape").And.Contain("invalid gradient at index 0"));
    }

    [Test]
    public void A_saved_tensor_that_is_changed_in_place_is_an_error()
    {
        var x = Leaf(1, 2);
        var factor = torch.ones(2);
        var y = new MulAdd().apply(x, factor, factor)[0].sum();
        factor.add_(1);

        var thrown = Assert.Throws<TorchException>(() => y.backward());

        Assert.That(thrown.Message, Does.Contain("Tensor 1 that 'MulAdd' saved was changed in place"));
    }

    [Test]
    public void Saved_tensors_are_freed_by_backward()
    {
        var function = new MulAdd();
        var x = Leaf(1, 2);
        var y = function.apply(x, x, x)[0].sum();
        var saved = function.Saved;

        y.backward();

        Assert.That(saved, Has.All.Matches<Tensor>(tensor => tensor.IsInvalid));
        var thrown = Assert.Throws<TorchException>(() => y.backward());
        Assert.That(thrown.Message, Does.Contain("retain_graph").Or.Contain("second time"));
    }

    [Test]
    public void Saved_tensors_are_freed_with_a_graph_that_is_never_walked()
    {
        var function = new MulAdd();
        using (torch.NewDisposeScope())
        {
            var x = Leaf(1, 2);
            function.apply(x, x, x);
        }

        Assert.That(function.Saved, Has.Count.EqualTo(2).And.All.Matches<Tensor>(tensor => tensor.IsInvalid));
    }

    [Test]
    public void Saved_tensors_are_freed_where_nothing_is_recorded_or_forward_fails()
    {
        var unrecorded = new MulAdd();
        unrecorded.apply(torch.ones(2), torch.ones(2), torch.ones(2));
        var failed = new MulAdd();
        Assert.Throws<TorchException>(() => failed.apply(torch.ones(2), torch.ones(3), torch.ones(2)));

        Assert.That(unrecorded.Saved, Has.Count.EqualTo(2).And.All.Matches<Tensor>(tensor => tensor.IsInvalid));
        Assert.That(failed.Saved, Has.Count.EqualTo(2).And.All.Matches<Tensor>(tensor => tensor.IsInvalid));
    }

    [Test]
    public void A_retained_graph_can_be_walked_twice()
    {
        var x = Leaf(1, 2);
        var y = new MulAdd().apply(x, x, x)[0].sum();

        y.backward(retain_graph: true);
        y.backward();

        TensorAssert.HasValues(x.grad!, [6, 10]);
    }

    [Test]
    public void A_second_derivative_is_refused_and_not_wrong()
    {
        var x = Leaf(1, 2);
        var y = new MulAdd().apply(x, x, x)[0].sum();

        var thrown = Assert.Throws<TorchException>(() => torch.autograd.grad([y], [x], create_graph: true));

        Assert.That(thrown.Message, Does.Contain("'MulAdd' has no second derivative"));
    }

    [Test]
    public void An_instance_is_applied_once()
    {
        var function = new MulAdd();
        function.apply(Leaf(1, 2), torch.ones(2), torch.ones(2));

        Assert.Throws<InvalidOperationException>(() => function.apply(Leaf(1, 2), torch.ones(2), torch.ones(2)));
    }

    [Test]
    public void Ten_thousand_steps_leave_the_memory_flat()
    {
        var x = torch.ones([64, 64], requires_grad: true);

        var growth = ResidentSet.GrowthOf(() =>
        {
            for (var step = 0; step < 10_000; step++)
            {
                using var scope = torch.NewDisposeScope();
                var outputs = new SinCos().apply(new MulAdd().apply(x, x, x)[0]);
                (outputs[0] + outputs[1]).sum().backward();
                x.grad = null;
            }
        });

        // Ten thousand leaked tensors of 16 KiB would be 160 MB.
        Assert.That(growth, Is.LessThan(40L << 20));
    }

    [Test]
    public void Ten_thousand_graphs_outside_of_scopes_leave_the_memory_flat()
    {
        EndScope();
        var x = torch.ones([64, 64], requires_grad: true);

        var growth = ResidentSet.GrowthOf(() =>
        {
            for (var step = 0; step < 10_000; step++)
            {
                new SinCos().apply(x)[0].sum().backward();
                x.grad = null;
            }
        });

        Assert.That(growth, Is.LessThan(40L << 20));
    }

    private static Tensor Leaf(params float[] values) => torch.tensor(values, requires_grad: true);

    private static Tensor Random(params long[] shape)
    {
        using var generator = new Generator(3);
        return torch.randn(shape, ScalarType.Float64, generator);
    }

    private sealed class MulAdd : AutogradFunction
    {
        public bool[] Needed { get; private set; } = [];

        public IReadOnlyList<Tensor> Saved { get; private set; } = [];

        protected override Tensor[] forward(Tensor[] inputs)
        {
            save_for_backward(inputs[0], inputs[1]);
            Saved = saved_tensors;
            return [inputs[0].mul(inputs[1]).add_(inputs[2])];
        }

        protected override Tensor?[] backward(Tensor?[] gradients)
        {
            Needed = [needs_input_grad(0), needs_input_grad(1), needs_input_grad(2)];
            return [gradients[0]!.mul(saved_tensors[1]), Needed[1] ? gradients[0]!.mul(saved_tensors[0]) : null, gradients[0]];
        }
    }

    private sealed class SinCos : AutogradFunction
    {
        public bool[] GivenNulls { get; private set; } = [];

        protected override Tensor[] forward(Tensor[] inputs)
        {
            save_for_backward(inputs);
            return [inputs[0].sin(), inputs[0].cos()];
        }

        protected override Tensor?[] backward(Tensor?[] gradients)
        {
            GivenNulls = Array.ConvertAll(gradients, gradient => gradient is null);
            var x = saved_tensors[0];
            var sum = torch.zeros_like(x);
            if (gradients[0] is { } sine)
            {
                sum.add_(sine.mul(x.cos()));
            }

            if (gradients[1] is { } cosine)
            {
                sum.sub_(cosine.mul(x.sin()));
            }

            return [sum];
        }
    }

    private sealed class SortWithIndices : AutogradFunction
    {
        protected override Tensor[] forward(Tensor[] inputs)
        {
            var (values, indices) = inputs[0].sort();
            save_for_backward(indices);
            return [values, indices];
        }

        protected override Tensor?[] backward(Tensor?[] gradients)
        {
            Assert.That(gradients[1], Is.Null);
            return [torch.zeros_like(gradients[0]!).index_copy_(0, saved_tensors[0], gradients[0]!)];
        }
    }

    private sealed class ViewOfResult : AutogradFunction
    {
        protected override Tensor[] forward(Tensor[] inputs) => [inputs[0].mul(3).view(-1)];

        protected override Tensor?[] backward(Tensor?[] gradients) => [gradients[0]!.mul(3).view(2, -1).reshape(2, -1).view(gradients[0]!.numel() == 2 ? [2] : [2, 3])];
    }

    private sealed class Identity(bool copies) : AutogradFunction
    {
        protected override Tensor[] forward(Tensor[] inputs) => [copies ? inputs[0].alias() : inputs[0]];

        protected override Tensor?[] backward(Tensor?[] gradients) => gradients;
    }

    private sealed class Failing(Exception exception) : AutogradFunction
    {
        protected override Tensor[] forward(Tensor[] inputs) => [inputs[0].mul(1)];

        protected override Tensor?[] backward(Tensor?[] gradients) => throw exception;
    }

    private sealed class Nested(AutogradFunction inner) : AutogradFunction
    {
        protected override Tensor[] forward(Tensor[] inputs)
        {
            save_for_backward(inputs);
            return [inputs[0].mul(1)];
        }

        protected override Tensor?[] backward(Tensor?[] gradients)
        {
            using var mode = torch.enable_grad();
            var leaf = saved_tensors[0].detach().requires_grad_();
            inner.apply(leaf)[0].sum().backward();
            return [leaf.grad];
        }
    }

    private sealed class WrongCount : AutogradFunction
    {
        protected override Tensor[] forward(Tensor[] inputs) => [inputs[0].mul(inputs[1])];

        protected override Tensor?[] backward(Tensor?[] gradients) => [gradients[0]];
    }

    private sealed class WrongShape : AutogradFunction
    {
        protected override Tensor[] forward(Tensor[] inputs) => [inputs[0].mul(1)];

        protected override Tensor?[] backward(Tensor?[] gradients) => [torch.ones(3)];
    }
}
