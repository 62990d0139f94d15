using Granary.Checkpoints.Sharded;
using Granary.Data.Batching;
using Granary.Distributed;
using Granary.Distributed.Units;
using Granary.Models.Language;
using Granary.Torch.Distributed;
using Granary.Torch;
using Granary.Training.Optimizers;

namespace Granary.Training.Parallel;

/// <summary>
/// A model that several ranks train together: each takes its rows, and gradients are summed over all ranks. Built on every
/// rank from the same model; the mesh and the model outlive it.
/// </summary>
public sealed class DataParallel : IDisposable
{
    private readonly LanguageModel _model;
    private readonly Sharding _sharding;

    /// <summary>Takes the model's parameters, which must be the same on all ranks, and stands at the borders of its blocks from here on.</summary>
    /// <exception cref="ArgumentException">The mesh has one rank only.</exception>
    public DataParallel(LanguageModel model, Mesh mesh, Sharding sharding, TimeProvider time)
    {
        World = mesh.World ?? throw new ArgumentException("The mesh has '1' rank but must have two or more; train without it.", nameof(mesh));
        Mesh = mesh;
        _model = model;
        _sharding = sharding;
        Messages = new RankMessages(World, model.parameters().First().device);
        Parameters = new ShardedParameters(World, sharding, model.Units, model.named_parameters(), time);
        model.Hooks = Parameters;
    }

    /// <summary>The ranks.</summary>
    public Mesh Mesh { get; }

    /// <summary>What this rank's optimizer is built over.</summary>
    public IEnumerable<OptimizedTensor> Optimized => Parameters.Segments.Select(segment => new OptimizedTensor(segment.Name, segment.Values, segment.Shape.Count >= 2));

    /// <summary>The short messages of the ranks.</summary>
    internal RankMessages Messages { get; }

    /// <summary>The parameters.</summary>
    internal ShardedParameters Parameters { get; }

    /// <summary>All ranks.</summary>
    internal ProcessGroup World { get; }

    /// <summary>Which rows of every step a rank of a mesh loads.</summary>
    public static BatchShare ShareOf(Mesh mesh)
    {
        return mesh.Data is { } data ? new BatchShare(data.rank, data.size) : BatchShare.Whole;
    }

    /// <summary>All parameters on every rank, until the result is disposed: for what runs or reads the model outside of steps. All ranks call it.</summary>
    public IDisposable WholeModel() => Parameters.GatherAll();

    /// <summary>Fills parameters and optimizer state from a checkpoint of any number of ranks, sharded in any way.</summary>
    /// <exception cref="Checkpoints.CheckpointException">The checkpoint is of another model.</exception>
    public void Load(CheckpointReader checkpoint, IOptimizer optimizer)
    {
        if (_sharding == Sharding.Full)
        {
            checkpoint.Load("model", PartsOf(string.Empty, segment => segment.Values));
        }
        else
        {
            checkpoint.Load("model", _model.named_parameters());
        }

        var state = optimizer.State.ToDictionary(entry => entry.Name, entry => entry.Tensor);
        checkpoint.Load("optimizer", KindsOf(optimizer).SelectMany(kind => PartsOf(kind, segment => state[kind + segment.Name])));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _model.Hooks = null;
        Parameters.Dispose();
    }

    /// <summary>Copies of all parameters and optimizer state on the first rank, in main memory; null on the others. All ranks call it.</summary>
    internal CheckpointSnapshot? Snapshot(long step, IOptimizer optimizer, IReadOnlyDictionary<string, string> facts, IReadOnlyDictionary<string, byte[]> files)
    {
        var state = optimizer.State.ToDictionary(entry => entry.Name, entry => entry.Tensor);
        var parameters = Ordered(string.Empty, Parameters.Collect(segment => segment.Values));
        var moments = KindsOf(optimizer).SelectMany(kind => Ordered(kind, Parameters.Collect(segment => state[kind + segment.Name]))).ToList();
        return World.rank == 0 ? CheckpointSnapshot.Of(step, parameters, moments, facts, files) : null;
    }

    // "exp_avg." and the like: what stands in front of a segment's name.
    private static List<string> KindsOf(IOptimizer optimizer)
    {
        return [.. optimizer.State.Select(entry => entry.Name[..(entry.Name.IndexOf('.', StringComparison.Ordinal) + 1)]).Distinct()];
    }

    // As the model lists its parameters, which is how one rank's checkpoint has them.
    private List<(string, Tensor)> Ordered(string kind, IReadOnlyList<(string Name, Tensor Values)>? collected)
    {
        var byName = (collected ?? []).ToDictionary(entry => entry.Name, entry => entry.Values);
        return [.. _model.named_parameters().Where(entry => byName.ContainsKey(entry.name)).Select(entry => (kind + entry.name, byName[entry.name]))];
    }

    private IEnumerable<TensorParts> PartsOf(string kind, Func<ParameterSegment, Tensor> valuesOf)
    {
        var segments = Parameters.Segments.ToLookup(segment => segment.Parameter);
        return _model.named_parameters().Select(entry => new TensorParts(
            kind + entry.name, entry.parameter.dtype, entry.parameter.shape, [.. segments[entry.name].Select(segment => (segment.Start, valuesOf(segment)))]));
    }
}
