using Granary.Core.Randomness;
using Granary.Data.Batching;

namespace Granary.Training.Objectives.Rewriting;

/// <summary>Changes rows, then plans them by another objective.</summary>
internal sealed class RewritingObjective : IObjective
{
    private readonly IRowRewriter _rewriter;
    private readonly IObjective _over;

    public RewritingObjective(string name, IRowRewriter rewriter, IObjective over)
    {
        Name = name;
        _rewriter = rewriter;
        _over = over;
    }

    public string Name { get; }

    public ObjectivePlan Prepare(BatchSlice rows, RandomKey key)
    {
        return _over.Prepare(_rewriter.Rewrite(rows, key.Use(Name)), key);
    }
}
