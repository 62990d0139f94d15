using Granary.Torch.Kernels;

namespace Granary.Torch.Tests;

public sealed class RecomputationTests
{
    [Test]
    public void Gradients_of_inputs_and_parameters_are_those_of_the_function()
    {
        using var scope = torch.NewDisposeScope();
        var (x, other, weight) = (Drawn(3, 4), Drawn(3, 4), Drawn(4, 4));
        Tensor[] Compute(IReadOnlyList<Tensor> inputs) => [(inputs[0].matmul(weight) * inputs[1]).tanh(), inputs[0].exp()];

        var plain = GradientsOf([x, other, weight], () => Compute([x, other]));
        var recomputed = GradientsOf([x, other, weight], () => Recomputation.Run(Compute, [x, other], keepsAttention: false));

        Assert.That(recomputed, Is.EqualTo(plain));
    }

    [Test]
    public void A_sum_that_is_kept_for_both_its_parts_gives_the_gradients_of_each()
    {
        using var scope = torch.NewDisposeScope();
        var (x, delta, other) = (Drawn(3, 4), Drawn(4, 3).detach().view(3, 4).requires_grad_(), Drawn(3, 4));
        Tensor[] Compute(IReadOnlyList<Tensor> inputs)
        {
            var sum = inputs[0] + inputs[1];
            return [sum * inputs[2], sum.tanh()];
        }

        var plain = GradientsOf([x, delta, other], () => Compute([x, delta, other]));
        var recomputed = GradientsOf([x, delta, other], () => Recomputation.Run(Compute, [x, delta, other], keepsAttention: false, readsSum: true));

        Assert.That(recomputed, Is.EqualTo(plain));
    }

    [Test]
    public void An_output_that_nobody_uses_is_not_run_back()
    {
        using var scope = torch.NewDisposeScope();
        var x = Drawn(3, 4);

        Recomputation.Run(inputs => [inputs[0] * 2, inputs[0] * 3], [x], keepsAttention: false)[1].sum().backward();

        Assert.That(x.grad!.to_array<float>(), Is.All.EqualTo(3));
    }

    [Test]
    public void The_function_runs_once_forward_and_once_in_backward()
    {
        using var scope = torch.NewDisposeScope();
        var x = Drawn(3, 4);
        var histories = new List<bool>();

        var y = Recomputation.Run(
            inputs =>
            {
                histories.Add(torch.is_grad_enabled());
                return [inputs[0].tanh()];
            },
            [x],
            keepsAttention: false)[0];
        y.sum().backward();

        Assert.That(histories, Is.EqualTo(new[] { false, true }));
        Assert.That(Recomputation.IsUnderway, Is.False);
    }

    [Test]
    public void Without_a_history_to_keep_it_is_the_function()
    {
        using var scope = torch.NewDisposeScope();
        var (x, runs) = (torch.ones([2]), 0);

        var y = Recomputation.Run(
            inputs =>
            {
                runs++;
                return [inputs[0] * 2];
            },
            [x],
            keepsAttention: false)[0];

        Assert.That((runs, y.requires_grad), Is.EqualTo((1, false)));
    }

    [Test]
    public void An_input_changed_in_place_before_backward_is_refused()
    {
        using var scope = torch.NewDisposeScope();
        var x = Drawn(3, 4);
        var middle = x * 1;
        var y = Recomputation.Run(inputs => [inputs[0].tanh()], [middle], keepsAttention: false)[0];
        using (torch.no_grad())
        {
            middle.zero_();
        }

        Assert.That(() => y.sum().backward(), Throws.Exception.With.Message.Contains("changed in place before backward"));
    }

    [Test]
    public void What_attention_gave_is_handed_out_in_the_same_order()
    {
        using var scope = torch.NewDisposeScope();
        var calls = 0;
        Tensor[] Attend() => [torch.full([2], (float)++calls)];
        using var kept = AttentionRecall.Keep();
        AttentionRecall.Of(Attend, count: 1);
        AttentionRecall.Of(Attend, count: 1);

        using var replay = AttentionRecall.Replay(kept.Tensors);
        var again = new[] { AttentionRecall.Of(Attend, count: 1)[0], AttentionRecall.Of(Attend, count: 1)[0] };

        Assert.That(again.Select(tensor => tensor.to_array<float>()[0]), Is.EqualTo(new[] { 1f, 2f }));
        Assert.That(calls, Is.EqualTo(2));
    }

    private static float[] GradientsOf(Tensor[] leaves, Func<Tensor[]> compute)
    {
        foreach (var leaf in leaves)
        {
            leaf.grad = null;
        }

        var outputs = compute();
        outputs.Skip(1).Aggregate(outputs[0].sum(), (sum, output) => sum + output.sum()).backward();
        return [.. leaves.SelectMany(leaf => leaf.grad!.to_array<float>())];
    }

    private static Tensor Drawn(params long[] shape)
    {
        var count = (int)shape.Aggregate(1L, (product, size) => product * size);
        return torch.tensor(Enumerable.Range(0, count).Select(index => (float)Math.Sin(index + shape.Length)).ToArray(), shape).requires_grad_();
    }
}
