using Granary.Testing;
using Granary.Torch;
using Granary.Torch.Distributed;
using Granary.Torch.Kernels;

namespace Granary.Distributed.Sequence.Tests;

/// <summary>An attention of whole rows with random numbers, and what it gives on one device and on the ranks of an axis.</summary>
internal sealed class AttentionProblem : IDisposable
{
    // Deviation of a logit.
    private const double UsualLogit = 3;

    private readonly DisposeScope _scope = torch.NewDisposeScope();
    private readonly Generator _generator;

    public AttentionProblem(long rows, long length, int heads, int keyHeads, int headDim, int seed = 1)
    {
        _generator = new Generator(seed);
        (Rows, Length, Heads) = (rows, length, heads);
        Q = Normal(rows, length, heads, headDim).mul(UsualLogit);
        K = Normal(rows, length, keyHeads, headDim);
        V = Normal(rows, length, keyHeads, headDim);
        OutGradient = Normal(rows, length, heads, headDim);
        Mask = AttentionMask.Causal();
    }

    public long Rows { get; }

    public long Length { get; }

    public int Heads { get; }

    public Tensor Q { get; }

    public Tensor K { get; }

    public Tensor V { get; }

    public Tensor OutGradient { get; init; }

    public AttentionMask Mask { get; private set; }

    /// <summary>The same under a law of one of the kinds that occur.</summary>
    public AttentionProblem Under(string law)
    {
        Mask = law switch
        {
            "full" => AttentionMask.Full,
            "causal" => AttentionMask.Causal(),
            "segments" => AttentionMask.Causal().WithSegments(Integers(i => 1 + (i / 5)), Integers(i => i % 11 == 7 ? 0 : 1 + (i / 5))),
            "ranked" => AttentionMask.Ranked(Integers(i => i * 7 % 13), Integers(i => i * 5 % 13)),

            // Queries of segment 9 see anchors only, and those with a low rank nothing.
            "anchors" => AttentionMask.Ranked(Integers(i => (i * 7 % 13) - 2), Integers(i => i * 5 % 13)).WithSegments(
                Integers(i => i % 6 == 2 ? 9 : 1 + (i / 8)), Integers(i => 1 + (i / 8)), Integers(i => i % 7 == 3 ? 1 : 0).to(ScalarType.Byte)),
            "hidden" => AttentionMask.Causal(-2),
            _ => throw new ArgumentOutOfRangeException(nameof(law), law),
        };
        return this;
    }

    /// <summary>The same with queries of another size, so that the largest logit between a query and a key that it sees is so large.</summary>
    public AttentionProblem WithLargestLogit(double largest)
    {
        Q.mul_(largest / LargestLogit());
        return this;
    }

    /// <summary>The largest of all logits between a query and a key that it sees, whatever its sign.</summary>
    public double LargestLogit()
    {
        return Scores(Q, K).masked_fill(Mask.ToDense(Length, Length).logical_not(), 0).abs().max().item();
    }

    /// <summary>out and the gradients of q, k and v on one device, by autograd over operators in float64.</summary>
    public Tensor[] Dense()
    {
        var leaves = new[] { Q, K, V }.Select(tensor => tensor.clone().requires_grad_()).ToArray();
        var seen = Mask.ToDense(Length, Length);
        var empty = seen.to(ScalarType.Int64).sum(-1, keepdim: true).eq(0);
        var scores = Scores(leaves[0], leaves[1]).masked_fill(seen.logical_not(), double.NegativeInfinity).masked_fill(empty, 0);
        var output = scores.softmax(-1).masked_fill(empty, 0).matmul(ByQueryHead(leaves[2])).transpose(1, 2);
        output.backward(OutGradient);
        return [output.detach(), .. leaves.Select(leaf => leaf.grad!)];
    }

    /// <summary>The same from the ranks of an axis, each with its positions; and the bytes that each sent.</summary>
    public (Tensor[] Results, long[] Bytes) Distributed(int ranks, AxisSchedules schedules, AxisForm form)
    {
        var parts = RankHarness.Run(form.Backend, ranks, group => Of(group, schedules, form));
        var results = new List<Tensor>();
        for (var index = 0; index < 4; index++)
        {
            var whole = torch.zeros(index is 0 or 1 ? Q.shape : K.shape, ScalarType.Float64);
            foreach (var (tensors, columns, _) in parts.Where(part => part.Columns.Length > 0))
            {
                whole.index_copy_(1, torch.tensor(columns), tensors[index].to(ScalarType.Float64));
            }

            results.Add(whole);
        }

        foreach (var tensor in parts.SelectMany(part => part.Tensors))
        {
            tensor.Dispose();
        }

        return ([.. results], [.. parts.Select(part => part.Bytes)]);
    }

    /// <summary>The same with numbers that a type can hold.</summary>
    public AttentionProblem Rounded(ScalarType type)
    {
        foreach (var tensor in new[] { Q, K, V, OutGradient })
        {
            tensor.copy_(tensor.to(type));
        }

        return this;
    }

    public void Dispose()
    {
        _generator.Dispose();
        _scope.Dispose();
    }

    private (Tensor[] Tensors, long[] Columns, long Bytes) Of(ProcessGroup world, AxisSchedules schedules, AxisForm form)
    {
        using var scope = torch.NewDisposeScope();
        var group = form.Wrap(world);
        var axis = new SequenceAxis(group, schedules, form.Blocks(), form.Wire);
        var slice = axis.SliceOf(Length);
        var columns = Array.ConvertAll(slice.Columns(), column => (long)column);
        var index = torch.tensor(columns);
        Tensor Own(Tensor whole) => whole.index_select(1, index).to(form.Type);
        var leaves = new[] { Q, K, V }.Select(tensor => Own(tensor).detach().requires_grad_()).ToArray();
        var output = SequenceAttention.Attend(axis, leaves[0], leaves[1], leaves[2], Mask.Of(slice));
        output.backward(Own(OutGradient));
        return ([.. leaves.Select(leaf => leaf.grad!).Prepend(output.detach()).Select(tensor => tensor.DetachFromDisposeScope())], columns, group.BytesSent);
    }

    private Tensor Scores(Tensor q_BTHD, Tensor k_BSGD)
    {
        return q_BTHD.transpose(1, 2).matmul(ByQueryHead(k_BSGD).transpose(2, 3)).mul(1 / Math.Sqrt(Q.size(3)));
    }

    // [B, S, G, D] to [B, H, S, D].
    private Tensor ByQueryHead(Tensor keyed_BSGD) => keyed_BSGD.transpose(1, 2).repeat_interleave(Heads / K.size(2), 1);

    private Tensor Normal(params long[] shape) => torch.randn(shape, ScalarType.Float64, _generator);

    private Tensor Integers(Func<int, int> value)
    {
        return torch.tensor([.. Enumerable.Range(0, (int)(Rows * Length)).Select(index => value((int)(index % Length)))], [Rows, Length]);
    }
}
