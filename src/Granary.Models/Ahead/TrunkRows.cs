using Granary.Torch;

namespace Granary.Models.Ahead;

/// <summary>The trunk's rows of tokens that stay in a text, held until heads read them.</summary>
internal sealed class TrunkRows : IDisposable
{
    private readonly List<Tensor> _rows = [];

    /// <summary>Copies rows of a call's [T, C].</summary>
    public void Add(Tensor trunk_TC, ReadOnlySpan<int> rows)
    {
        var indices = Array.ConvertAll(rows.ToArray(), row => (long)row);
        using var scope = torch.NewDisposeScope();
        _rows.Add(trunk_TC.index_select(0, torch.tensor(indices)).DetachFromDisposeScope());
    }

    /// <summary>All rows held, in order, which are then held no more; null for none.</summary>
    public Tensor? Take()
    {
        var taken_NC = _rows.Count == 0 ? null : torch.cat([.. _rows]);
        Dispose();
        return taken_NC;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _rows.ForEach(tensor => tensor.Dispose());
        _rows.Clear();
    }
}
