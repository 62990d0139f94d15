using System.Text;
using Granary.Checkpoints.Sharded;
using Granary.Distributed.Units;
using Granary.Torch;
using Granary.Training.Objectives;

namespace Granary.Training.Parallel;

/// <summary>A rank among others.</summary>
/// <remarks>
/// Besides parameters and gradients a step exchanges two short messages of every rank with every other: (1) before it is
/// run, what each adds to the losses' denominators; (2) before the update, each one's losses, the squares of its part of the
/// gradients, and what it wants to happen after the step. All fold them in the order of the ranks, so that all decide the
/// same from the same bits.
/// </remarks>
internal sealed class ManyRanks : IStepRanks
{
    private const int ShareBytes = 1_024;
    private const int WordBytes = 1_024;

    // Steps that are taken without overlap, so that they tell what the exchanges take; the first one warms up.
    private const int FirstMeasured = 1;
    private const int LastMeasured = 3;

    private readonly TrainerParts _parts;
    private readonly DataParallel _parallel;
    private readonly ShardedParameters _parameters;
    private readonly RankMessages _messages;

    private readonly bool _waitsHere; // on a device it is the stream that waits, which no clock here sees

    private long _steps;
    private bool[] _hasGradient = []; // by parameter, of any rank, in the step that is run
    private TimeSpan _waitedBefore;
    private long _sentBefore;
    private double _lastWaited; // seconds in the step before
    private double _measured; // seconds in all measured steps, of the rank that stood still least in each
    private double _overlapped; // the same in all steps behind them

    public ManyRanks(TrainerParts parts, DataParallel parallel)
    {
        _parts = parts;
        _parallel = parallel;
        _parameters = parallel.Parameters;
        _messages = parallel.Messages;
        _sentBefore = parallel.World.BytesSent;
        _waitsHere = parts.Model.parameters().First().device.Type == DeviceType.CPU;
    }

    public bool IsFirst => _parallel.World.rank == 0;

    public IReadOnlyDictionary<string, double> Numbers { get; private set; } = new Dictionary<string, double>();

    public StepPlan Agree(IReadOnlyList<ObjectivePlan> plans, long tokens)
    {
        var shares = _messages.Exchange(StepShare.Of(plans, tokens).ToMessage(), ShareBytes).Select(StepShare.Read).ToList();

        // Ranks of one sequence axis have the same rows, and cut their views behind this.
        var rows = shares.Where((_, rank) => rank % (_parallel.Mesh.Sequence?.size ?? 1) == 0).ToList();
        return new StepPlan(new LossLaw(rows.SelectMany(share => share.Denominators)), rows.Sum(share => share.Tokens), shares.Max(share => share.Passes));
    }

    public void Run(StepPlan plan, IEnumerable<ObjectiveView> views, Action<ObjectiveView> run)
    {
        _parameters.IsOverlapped = !_waitsHere || _steps is < FirstMeasured or > LastMeasured;
        _parameters.BeginStep();
        _parts.Model.ClearGradients();
        var runnable = views.Where(view => view.Targets.Any(target => plan.Law.Denominators[target.Name] > 0)).ToList();
        var passes = _parameters.RunsInStep ? plan.Passes : runnable.Count;
        for (var pass = 0; pass < passes; pass++)
        {
            _parameters.BeginPass(isLast: pass == passes - 1);
            if (pass < runnable.Count)
            {
                run(runnable[pass]);
            }
            else
            {
                _parameters.RunEmptyPass();
            }
        }

        _parameters.EndBackward();
    }

    public StepOutcome Sum(StepPlan plan, StepLoss losses, bool stops, bool saves)
    {
        var own = new StepResult(losses.ToSums(), _parameters.SumOfSquares(), stops, saves, _lastWaited, _parameters.HasGradients());
        var (sums, parameters) = (own.Losses.Length, own.HasGradients.Length);
        var results = _messages.Exchange(own.ToMessage(), StepResult.SizeOf(sums, parameters)).Select(message => StepResult.Read(message, sums, parameters)).ToList();
        _hasGradient = [.. Enumerable.Range(0, parameters).Select(parameter => results.Exists(result => result.HasGradients[parameter]))];
        CountLast(results.Min(result => result.Waited));
        return new StepOutcome(
            StepLoss.Of(plan.Law, [.. results.Select(result => result.Losses)]),
            Math.Sqrt(results.Sum(result => result.Squares)),
            results.Exists(result => result.Stops),
            results[0].Saves);
    }

    public void Update(long update, double learningRate, double gradientScale)
    {
        _parameters.Update(_hasGradient, () => _parts.Optimizer.Step(update, learningRate, gradientScale));
        EndStep();
    }

    public void Skip()
    {
        _parameters.Skip();
        EndStep();
    }

    public string Join(string words)
    {
        // Cut at whole characters: UTF-8 takes up to three bytes for one of a string.
        var own = Encoding.UTF8.GetBytes(words.Length > WordBytes / 3 ? words[..(WordBytes / 3)] : words);
        return string.Join(", ", _messages.Exchange(own, WordBytes).Select(Encoding.UTF8.GetString).Where(said => said.Length > 0));
    }

    public bool AsFirst(bool says) => _messages.Exchange([says ? (byte)1 : (byte)0], 1)[0][0] != 0;

    public IDisposable WholeModel() => _parameters.GatherAll();

    public void Finish() => _parameters.Settle();

    public CheckpointSnapshot? Snapshot(long step, IReadOnlyDictionary<string, string> facts)
    {
        return _parallel.Snapshot(step, _parts.Optimizer, facts, _parts.Files);
    }

    private void EndStep()
    {
        _lastWaited = (_parameters.Waited - _waitedBefore).TotalSeconds;
        var numbers = new Dictionary<string, double>
        {
            ["ranks"] = _parallel.World.size,
            ["exchange_bytes"] = _parallel.World.BytesSent - _sentBefore,
        };
        if (_waitsHere)
        {
            AddWaiting(numbers);
        }

        Numbers = numbers;
        _steps++;
        (_waitedBefore, _sentBefore) = (_parameters.Waited, _parallel.World.BytesSent);
    }

    // The step before: the rank that stood still least waited for no slower one, so its wait is what the exchange cost.
    private void CountLast(double least)
    {
        var step = _steps - 1;
        if (step > LastMeasured)
        {
            _overlapped += least;
        }
        else if (step >= FirstMeasured)
        {
            _measured += least;
        }
    }

    private void AddWaiting(Dictionary<string, double> numbers)
    {
        numbers["exchange_wait_seconds"] = _lastWaited;
        if (_steps - 1 > LastMeasured && _measured > 0)
        {
            numbers["exchange_hidden"] = Math.Max(0, 1 - (_overlapped / (_steps - 1 - LastMeasured) / (_measured / (LastMeasured - FirstMeasured + 1))));
        }
    }
}
