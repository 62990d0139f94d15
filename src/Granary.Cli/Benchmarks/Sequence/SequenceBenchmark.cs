using Granary.Distributed.Planning;
using Granary.Distributed.Sequence;
using Granary.Distributed.Sequence.Blocks;
using Granary.Torch;
using Granary.Torch.Distributed;
using Granary.Torch.Kernels;

namespace Granary.Cli.Benchmarks.Sequence;

/// <summary>Times attention over ranks, one choice of schedules after the other in every round, as one of the ranks.</summary>
internal sealed class SequenceBenchmark
{
    private const long Seed = 1;

    private readonly ProcessGroup _world;
    private readonly SequenceProblem _problem;
    private readonly IBlockAttention _blocks;
    private readonly TimeProvider _time;

    public SequenceBenchmark(ProcessGroup world, SequenceProblem problem, IBlockAttention blocks, TimeProvider time)
    {
        (_world, _problem, _blocks, _time) = (world, problem, blocks, time);
    }

    /// <summary>A choice by its name; for auto the links are measured, and the plan says why.</summary>
    public SequenceContender Contender(string name)
    {
        var (schedules, plan) = AxisPlanner.For(name, _world, _blocks, _problem.Length, _problem.Sizes, ScalarType.Float32, _time);
        return new SequenceContender(name, new SequenceAxis(_world, schedules, _blocks), plan);
    }

    /// <summary>Runs the contenders in turns; the first round is not counted.</summary>
    public void Run(IReadOnlyList<SequenceContender> contenders, int rounds, Action<int>? afterRound = null)
    {
        for (var round = 0; round <= rounds; round++)
        {
            foreach (var contender in contenders)
            {
                var (forward, backward) = Time(contender);
                if (round > 0)
                {
                    contender.ForwardSeconds.Add(forward);
                    contender.BackwardSeconds.Add(backward);
                }
            }

            afterRound?.Invoke(round);
        }
    }

    /// <summary>Compares a contender with one device's attention to whole rows.</summary>
    public void Compare(SequenceContender contender)
    {
        using var scope = torch.NewDisposeScope();
        var columns = Columns(contender);
        var whole = Inputs(_problem.Length, Seed);
        var wholeGradient = Gradient(_problem.Length, Seed);
        var expected = OneDevice(whole, wholeGradient);
        var own = Array.ConvertAll(whole, tensor => tensor.detach().index_select(1, columns).requires_grad_());
        var output = Attend(contender, own);
        output.backward(wholeGradient.index_select(1, columns));
        var differences = new[] { output.detach(), own[0].grad!, own[1].grad!, own[2].grad! }.Zip(expected, (actual, right) =>
            (actual - right.index_select(1, columns)).abs().max().item() / right.abs().max().item());
        using var error = torch.full([1], differences.Max(), ScalarType.Float64);
        _world.all_reduce(error, ReduceOp.Max).wait();
        contender.MaxError = error.item();
    }

    private (double Forward, double Backward) Time(SequenceContender contender)
    {
        using var scope = torch.NewDisposeScope();
        var length = Columns(contender).numel();
        var inputs = Inputs(length, Seed + _world.rank);
        var gradient = Gradient(length, Seed + _world.rank);
        Tensor? output = null;
        var (forward, forwardBytes) = Slowest(() => output = Attend(contender, inputs));
        var (backward, backwardBytes) = Slowest(() => output!.backward(gradient));
        contender.BytesSent = (forwardBytes, backwardBytes);
        return (forward, backward);
    }

    // All ranks begin together, and the last one's end counts.
    private (double Seconds, long Bytes) Slowest(Action action)
    {
        _world.barrier().wait();
        var (begin, sent) = (_time.GetTimestamp(), _world.BytesSent);
        action();
        var (seconds, bytes) = (_time.GetElapsedTime(begin).TotalSeconds, _world.BytesSent - sent);
        using var longest = torch.full([1], seconds, ScalarType.Float64);
        _world.all_reduce(longest, ReduceOp.Max).wait();
        return (longest.item(), bytes);
    }

    private Tensor Attend(SequenceContender contender, Tensor[] inputs)
    {
        var law = _problem.IsCausal ? AttentionMask.Causal() : AttentionMask.Full;
        return SequenceAttention.Attend(contender.Axis, inputs[0], inputs[1], inputs[2], law.Of(contender.Axis.SliceOf(_problem.Length)));
    }

    private Tensor[] OneDevice(Tensor[] inputs, Tensor gradient)
    {
        var heads = Array.ConvertAll(inputs, tensor => tensor.transpose(1, 2));
        var (output, _) = FusedAttention.Attend(heads[0], heads[1], heads[2], _problem.IsCausal ? AttentionMask.Causal() : AttentionMask.Full);
        output.transpose(1, 2).backward(gradient);
        return [output.detach().transpose(1, 2), .. inputs.Select(tensor => tensor.grad!)];
    }

    private Tensor Columns(SequenceContender contender)
    {
        return torch.tensor(Array.ConvertAll(contender.Axis.SliceOf(_problem.Length).Columns(), column => (long)column));
    }

    private Tensor[] Inputs(long length, long seed)
    {
        using var generator = new Generator(seed);
        return [Drawn(_problem.Sizes.Heads), Drawn(_problem.Sizes.KeyHeads), Drawn(_problem.Sizes.KeyHeads)];

        Tensor Drawn(int heads) => torch.randn([_problem.Sizes.Batch, length, heads, _problem.Sizes.HeadDim], generator: generator).requires_grad_();
    }

    private Tensor Gradient(long length, long seed)
    {
        using var generator = new Generator(-seed);
        return torch.randn([_problem.Sizes.Batch, length, _problem.Sizes.Heads, _problem.Sizes.HeadDim], generator: generator);
    }
}
