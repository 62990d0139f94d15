using Granary.Testing;

namespace Granary.Torch.Tests;

public sealed class DisposeScopeTests
{
    [Test]
    public void A_scope_disposes_what_was_created_in_it()
    {
        Tensor x;
        using (torch.NewDisposeScope())
        {
            x = torch.ones(2);
        }

        Assert.That(x.IsInvalid);
        var thrown = Assert.Throws<ObjectDisposedException>(() => x.add(1));
        Assert.That(thrown.Message, Does.Contain("move it out of the scope"));
        Assert.That(x.ToString(), Is.EqualTo("a disposed tensor"));
    }

    [Test]
    public void The_innermost_scope_owns()
    {
        using var outer = torch.NewDisposeScope();
        var x = torch.ones(2);
        using (var inner = torch.NewDisposeScope())
        {
            Assert.That(DisposeScope.Current, Is.SameAs(inner));
            _ = torch.ones(2);
            Assert.That((outer.Count, inner.Count), Is.EqualTo((1, 1)));
        }

        Assert.That(DisposeScope.Current, Is.SameAs(outer));
        Assert.That(x.IsInvalid, Is.False);
    }

    [Test]
    public void A_tensor_that_moves_out_belongs_to_the_outer_scope()
    {
        Tensor x;
        using (var outer = torch.NewDisposeScope())
        {
            using (torch.NewDisposeScope())
            {
                x = torch.ones(2).MoveToOuterDisposeScope();
            }

            Assert.That(x.IsInvalid, Is.False);
            Assert.That(outer.Count, Is.EqualTo(1));
        }

        Assert.That(x.IsInvalid);
    }

    [Test]
    public void A_tensor_that_moves_out_of_the_outermost_scope_belongs_to_the_caller()
    {
        Tensor x;
        using (torch.NewDisposeScope())
        {
            x = torch.ones(2).MoveToOuterDisposeScope();
        }

        Assert.That(x.IsInvalid, Is.False);
        x.Dispose();
    }

    [Test]
    public void A_detached_tensor_outlives_all_scopes()
    {
        Tensor x;
        using (torch.NewDisposeScope())
        using (torch.NewDisposeScope())
        {
            x = torch.ones(2).DetachFromDisposeScope();
        }

        TensorAssert.HasValues(x, [1, 1]);
        x.Dispose();
        Assert.That(x.IsInvalid);
    }

    [Test]
    public void Moving_and_detaching_an_unscoped_tensor_changes_nothing()
    {
        var x = torch.ones(2);

        Assert.That(x.MoveToOuterDisposeScope().DetachFromDisposeScope(), Is.SameAs(x));

        x.Dispose();
    }

    [Test]
    public void Tensors_may_be_disposed_in_any_order_and_twice()
    {
        using var scope = torch.NewDisposeScope();
        var tensors = Enumerable.Range(0, 5).Select(_ => torch.ones(2)).ToArray();

        tensors[1].Dispose();
        tensors[4].Dispose();
        tensors[0].Dispose();
        tensors[0].Dispose();

        Assert.That(scope.Count, Is.EqualTo(2));
        Assert.That(Array.ConvertAll(tensors, tensor => tensor.IsInvalid), Is.EqualTo(new[] { true, true, false, false, true }));
    }

    [Test]
    public void A_scope_may_be_disposed_twice()
    {
        var scope = torch.NewDisposeScope();

        scope.Dispose();
        scope.Dispose();

        Assert.That(DisposeScope.Current, Is.Null);
    }

    [Test]
    public void A_scope_that_ends_before_one_inside_it_is_an_error()
    {
        var outer = torch.NewDisposeScope();
        using (torch.NewDisposeScope())
        {
            var thrown = Assert.Throws<InvalidOperationException>(outer.Dispose);
            Assert.That(thrown.Message, Does.Contain("end the inner one first"));
        }

        outer.Dispose();
        Assert.That(DisposeScope.Current, Is.Null);
    }

    [Test]
    public void Scopes_of_threads_are_apart()
    {
        using var scope = torch.NewDisposeScope();

        OnAnotherThread(() =>
        {
            Assert.That(DisposeScope.Current, Is.Null);
            using var own = torch.NewDisposeScope();
            _ = torch.ones(2);
            Assert.That(own.Count, Is.EqualTo(1));
        });

        Assert.That(scope.Count, Is.Zero);
    }

    [Test]
    public void A_scope_ends_on_its_own_thread()
    {
        using var scope = torch.NewDisposeScope();

        var thrown = Assert.Throws<InvalidOperationException>(() => OnAnotherThread(scope.Dispose));

        Assert.That(thrown.Message, Does.Contain("no await may stand inside a scope"));
    }

    [Test]
    public void A_scoped_tensor_is_disposed_and_moved_on_its_own_thread()
    {
        using var scope = torch.NewDisposeScope();
        var x = torch.ones(2);

        var thrown = Assert.Throws<InvalidOperationException>(() => OnAnotherThread(x.Dispose));

        Assert.That(thrown.Message, Does.Contain("detach it from its scope on its own thread first"));
        Assert.Throws<InvalidOperationException>(() => OnAnotherThread(() => x.DetachFromDisposeScope()));
        TensorAssert.HasValues(x, [1, 1]);
    }

    [Test]
    public void A_detached_tensor_may_be_disposed_on_any_thread()
    {
        using var scope = torch.NewDisposeScope();
        var x = torch.ones(2).DetachFromDisposeScope();

        OnAnotherThread(x.Dispose);

        Assert.That(x.IsInvalid);
    }

    [Test]
    public void A_scope_inside_backward_owns_what_backward_creates()
    {
        using var scope = torch.NewDisposeScope();
        var seen = new List<Tensor>();
        var x = torch.ones([2], requires_grad: true);
        var y = new Watching(seen).apply(x)[0].sum();
        var before = scope.Count;

        y.backward();

        Assert.That(seen, Is.Not.Empty);
        Assert.That(seen, Has.All.Matches<Tensor>(tensor => tensor.IsInvalid));
        Assert.That(scope.Count, Is.EqualTo(before));
        Assert.That(DisposeScope.Current, Is.SameAs(scope));
    }

    [Test]
    public void Scopes_of_a_thread_that_ended_free_their_tensors()
    {
        var growth = ResidentSet.GrowthOf(() =>
        {
            for (var count = 0; count < 12; count++)
            {
                // Never disposed: the thread ends and takes the only reference with it.
                OnAnotherThread(() =>
                {
                    torch.NewDisposeScope();
                    torch.ones(4_096, 1_024);
                });
                GC.Collect();
                GC.WaitForPendingFinalizers();
            }
        });

        Assert.That(growth, Is.LessThan(100L << 20), "192 MiB were made");
    }

    private static void OnAnotherThread(Action action)
    {
        Exception? failure = null;
        var thread = new Thread(() =>
        {
            try
            {
                action();
            }
            catch (Exception exception)
            {
                failure = exception;
            }
        });
        thread.Start();
        thread.Join();
        if (failure is not null)
        {
            throw failure;
        }
    }

    private sealed class Watching(List<Tensor> seen) : AutogradFunction
    {
        protected override Tensor[] forward(Tensor[] inputs) => [inputs[0] * 2.0];

        protected override Tensor?[] backward(Tensor?[] gradients)
        {
            seen.Add(gradients[0]!);
            using var inner = torch.NewDisposeScope();
            seen.Add(gradients[0]! * 2.0);
            return [seen[^1].MoveToOuterDisposeScope()];
        }
    }
}
