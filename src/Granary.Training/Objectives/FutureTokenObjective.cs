using Granary.Core.Randomness;
using Granary.Data.Batching;
using Granary.Models.Language;

namespace Granary.Training.Objectives;

/// <summary>Future token prediction: the next-token view with one target of several tokens for each position asked.</summary>
internal sealed class FutureTokenObjective : IObjective
{
    private readonly NextTokenObjective _next = new();
    private readonly int _tokens;
    private readonly double _gamma;
    private readonly int _stride;
    private readonly double _mainWeight;

    public FutureTokenObjective(int tokens, double gamma, int stride, double mainWeight)
    {
        _tokens = tokens;
        _gamma = gamma;
        _stride = stride;
        _mainWeight = mainWeight;
    }

    public string Name => FutureTokenConfig.Name;

    public ObjectivePlan Prepare(BatchSlice rows, RandomKey key)
    {
        var view = _next.Prepare(rows, key).Views[0];
        var main = view.Targets.Where(_ => _mainWeight > 0).Select(target => target with { Coefficient = _mainWeight });
        return new ObjectivePlan([view with { Targets = [.. main, Future(rows)] }]);
    }

    private ObjectiveTarget Future(BatchSlice rows)
    {
        int[] columns = [.. Enumerable.Range(0, (rows.Length + _stride - 1) / _stride).Select(asked => asked * _stride)];
        var labels = new long[rows.Rows * columns.Length * _tokens];
        for (var offset = 0; offset < _tokens; offset++)
        {
            var said = RowColumns.Take(AheadTargets.Ids(rows, offset + 1, TokenBatch.IgnoredTarget), rows.Length, columns);
            for (var place = 0; place < said.Length; place++)
            {
                labels[(place * _tokens) + offset] = said[place];
            }
        }

        // Each token is told the one before it; the first is told none, which is written as 0.
        long[] given = [.. labels.Select((_, index) => index % _tokens == 0 ? 0 : Math.Max(0, labels[index - 1]))];
        float[] weights = [.. labels.Select((_, index) => (float)Math.Pow(_gamma, index % _tokens))];
        return new ObjectiveTarget
        {
            Head = HeadCall.Future,
            Labels = labels,
            Width = _tokens,
            Weights = weights,
            Given = given,
            Columns = _stride == 1 ? default(ReadOnlyMemory<int>?) : new ReadOnlyMemory<int>(columns),
            Denominator = labels.Zip(weights).Where(pair => pair.First != TokenBatch.IgnoredTarget).Sum(pair => (double)pair.Second),
        };
    }
}
