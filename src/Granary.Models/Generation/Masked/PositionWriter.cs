using Granary.Models.Language;
using Granary.Torch;
using Granary.Torch.Kernels;

namespace Granary.Models.Generation.Masked;

/// <summary>
/// Writes the open positions of rows one by one, each the most probable token given what is known, all rows at once: a
/// pass of the model over the rows that are not finished for each position written.
/// </summary>
public sealed class PositionWriter
{
    private readonly LanguageModel _model;
    private readonly PositionAsk _ask;
    private readonly WritingOrder _order;
    private readonly long _maskId;
    private readonly long? _endId;

    /// <summary>Writes by a model.</summary>
    /// <param name="model">The model.</param>
    /// <param name="ask">How it is asked.</param>
    /// <param name="order">Which position is next.</param>
    /// <param name="maskId">What open positions carry with <see cref="PositionAsk.MaskToken"/>.</param>
    /// <param name="endId">The id behind which a row's open positions become absent; null for none.</param>
    /// <exception cref="ArgumentException">A model of next tokens is to write in another order than from left to right.</exception>
    public PositionWriter(LanguageModel model, PositionAsk ask, WritingOrder order = WritingOrder.LeftToRight, long maskId = 0, long? endId = null)
    {
        if (ask == PositionAsk.Before && order != WritingOrder.LeftToRight)
        {
            throw new ArgumentException($"The order is '{order}', but a model of next tokens writes from left to right only; train it with 'mlm-u' for other orders.", nameof(order));
        }

        _model = model;
        _ask = ask;
        _order = order;
        _maskId = maskId;
        _endId = endId;
    }

    /// <summary>Writes until no position is open.</summary>
    public void Write(OpenRows rows, CancellationToken cancellationToken = default)
    {
        using var mode = torch.no_grad();
        var unfinished = Enumerable.Range(0, rows.Count).Where(row => rows.FirstOpen(row) >= 0).ToList();
        while (unfinished.Count > 0)
        {
            cancellationToken.ThrowIfCancellationRequested();
            WriteOne(rows, unfinished);
            unfinished.RemoveAll(row => rows.FirstOpen(row) < 0);
        }
    }

    // Writes one position of each row.
    private void WriteOne(OpenRows rows, List<int> unfinished)
    {
        using var scope = torch.NewDisposeScope();
        var length = LengthSeen(rows, unfinished);
        var asked = unfinished.Index().SelectMany(entry => Asked(rows, entry.Item).Select(column => (Index: entry.Index, Row: entry.Item, Column: column))).ToList();
        var shift = _ask == PositionAsk.Before ? 1 : 0;
        var places = asked.ConvertAll(position => ((long)position.Index * length) + position.Column - shift).ToArray();
        var hidden_MC = _model.Hidden(InputOf(rows, unfinished, length)).index_select(0, torch.tensor(places, [places.Length]));
        var (values, indices) = _model.Logits(hidden_MC).to(ScalarType.Float32).softmax(-1).topk(1);
        var (shares, ids) = (values.to_array<float>(), indices.to_array<long>());
        foreach (var ofRow in asked.Index().GroupBy(entry => entry.Item.Row))
        {
            var (best, position) = ofRow.MaxBy(entry => shares[entry.Index]);
            rows.Write(position.Row, position.Column, ids[best], ids[best] == _endId);
        }
    }

    private IEnumerable<int> Asked(OpenRows rows, int row)
    {
        var first = rows.FirstOpen(row);
        return _order == WritingOrder.LeftToRight
            ? [first]
            : Enumerable.Range(first, rows.Length - first).Where(column => rows.StateAt(row, column) == PositionState.Open);
    }

    // Where nobody sees what is open, the rows end behind the last position asked or known.
    private int LengthSeen(OpenRows rows, List<int> unfinished)
    {
        return _ask == PositionAsk.MaskToken || _order == WritingOrder.MostConfident
            ? rows.Length
            : unfinished.Max(row => Math.Max(rows.FirstOpen(row), LastKnown(rows, row))) + 1;
    }

    private static int LastKnown(OpenRows rows, int row)
    {
        return Enumerable.Range(0, rows.Length).LastOrDefault(column => rows.StateAt(row, column) == PositionState.Known);
    }

    private ModelInput InputOf(OpenRows rows, List<int> unfinished, int length)
    {
        var count = unfinished.Count * length;
        var (ids, unseen, segments) = (new long[count], new int[count], new int[count]);
        foreach (var (index, row) in unfinished.Index())
        {
            for (var column = 0; column < length; column++)
            {
                var (place, state) = ((index * length) + column, rows.StateAt(row, column));
                ids[place] = state == PositionState.Known ? rows.Ids[(row * rows.Length) + column] : _maskId;
                unseen[place] = state == PositionState.Known ? 0 : 1;
                segments[place] = state == PositionState.Absent ? 0 : 1;
            }
        }

        long[] shape = [unfinished.Count, length];
        var segments_BT = torch.tensor(segments, shape);
        var mask = _ask switch
        {
            PositionAsk.Query => AttentionMask.Ranked(torch.zeros(shape, ScalarType.Int32), torch.tensor(unseen, shape)),
            PositionAsk.MaskToken => AttentionMask.Full.WithSegments(segments_BT, segments_BT),
            _ => AttentionMask.Causal(),
        };
        return new ModelInput(torch.tensor(ids, shape), mask);
    }
}
