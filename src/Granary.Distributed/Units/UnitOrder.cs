using Granary.Torch;
using Granary.Torch.Modules;

namespace Granary.Distributed.Units;

/// <summary>Which parameters form which unit, and in which order backward completes the units' gradients.</summary>
/// <remarks>
/// The first units are the blocks, in the order of forward; then what lies behind the trunk, each head and the unembedding;
/// then all the rest, which is read in front. Backward goes through the blocks behind the trunk, is then through with all
/// that lies behind it, goes through the trunk, and ends in front.
/// </remarks>
internal sealed class UnitOrder
{
    private readonly Dictionary<Module, int> _blocks = [];
    private readonly int[] _places;

    public UnitOrder(ModelUnits model, IEnumerable<(string Name, Tensor Parameter)> parameters)
    {
        foreach (var block in model.Blocks)
        {
            _blocks.Add(block, _blocks.Count);
        }

        var left = parameters.ToList();
        var blocks = model.Blocks.Select(block => Take(left, block.parameters())).ToList();
        var behind = model.Heads.Select(head => Take(left, head.parameters())).Append(Take(left, model.Unembedding)).Where(unit => unit.Count > 0).ToList();
        Units = left.Count > 0 ? [.. blocks, .. behind, left] : [.. blocks, .. behind];
        LastOfTrunk = model.TrunkBlocks - 1;
        Backward =
        [
            .. Enumerable.Range(model.TrunkBlocks, Blocks - model.TrunkBlocks).Reverse(),
            .. Enumerable.Range(Blocks, behind.Count),
            .. Enumerable.Range(0, model.TrunkBlocks).Reverse(),
            .. Enumerable.Range(Blocks + behind.Count, Units.Count - Blocks - behind.Count),
        ];
        _places = [.. Enumerable.Range(0, Units.Count).Select(unit => Backward.Index().Single(entry => entry.Item == unit).Index)];
    }

    /// <summary>The parameters of each unit.</summary>
    public IReadOnlyList<IReadOnlyList<(string Name, Tensor Parameter)>> Units { get; }

    /// <summary>How many of the units, from the first on, are blocks.</summary>
    public int Blocks => _blocks.Count;

    /// <summary>The block in front of what lies behind the trunk.</summary>
    public int LastOfTrunk { get; }

    /// <summary>The units in the order in which backward is through with them.</summary>
    public IReadOnlyList<int> Backward { get; }

    /// <summary>A block's unit.</summary>
    public int IndexOf(Module block) => _blocks[block];

    /// <summary>A unit's place in <see cref="Backward"/>.</summary>
    public int PlaceOf(int unit) => _places[unit];

    private static List<(string Name, Tensor Parameter)> Take(List<(string Name, Tensor Parameter)> left, IEnumerable<Tensor> wanted)
    {
        var set = wanted.ToHashSet(ReferenceEqualityComparer.Instance);
        var taken = left.Where(entry => set.Contains(entry.Parameter)).ToList();
        left.RemoveAll(entry => set.Contains(entry.Parameter));
        return taken;
    }
}
