using Granary.Core.Randomness;
using Granary.Data.Batching;
using Granary.Models.Language;

namespace Granary.Training.Objectives.Hiding;

/// <summary>Hides positions and asks for their tokens: position i says token i.</summary>
/// <remarks>
/// Let m_k be the mean loss of a hidden token when k of T are hidden. k is uniform on 0 .. T, so over many rows
/// <list type="bullet">
/// <item>token: sum of losses / sum of k = E[k m_k] / E[k] = 2 / (T (T + 1)) * sum over k of k m_k: many hidden count most;</item>
/// <item>row: a hidden token weighs 1 / k, and the sum is divided by the rows with k > 0: 1 / T * sum over k of m_k. Summing the
/// chain rule over all orders gives sum over k of m_k = H(X), so this is H(X) / T;</item>
/// <item>elbo: a hidden token weighs 1 / p, p the row's rate, and the sum is divided by T for each row: 1 / T * sum over k of
/// m_k as well. Given k of T, p has the density Beta(k + 1, T - k + 1), so E[1 / p | k] = (T + 1) / k. That is the weight
/// here: the same expectation, but bounded, where 1 / p itself has no finite variance and is cut off at a small p elsewhere.
/// It differs from row where rows can hide different numbers: there each position counts alike, here each row.</item>
/// </list>
/// </remarks>
internal sealed class MlmUObjective : IObjective
{
    private readonly HiddenPositions _positions;
    private readonly HiddenNorm _norm;
    private readonly double? _rate;
    private readonly long? _maskId;

    public MlmUObjective(HiddenPositions positions, HiddenNorm norm, double? rate, long? maskId)
    {
        _positions = positions;
        _norm = norm;
        _rate = rate;
        _maskId = maskId;
    }

    public string Name => MlmUConfig.Name;

    public ObjectivePlan Prepare(BatchSlice rows, RandomKey key)
    {
        var count = rows.Rows * rows.Length;
        var (inputs, ranks, labels) = (rows.Tokens.ToArray(), new int[count], new long[count]);
        var weights = _norm == HiddenNorm.Token ? null : new float[count];
        var denominator = 0.0;
        Array.Fill(labels, TokenBatch.IgnoredTarget);
        for (var row = 0; row < rows.Rows; row++)
        {
            var drawn = _positions.Draw(rows, row, key.Use(Name));
            denominator += DenominatorOf(drawn);
            for (var column = 0; column < rows.Length; column++)
            {
                var place = (row * rows.Length) + column;
                if (drawn.IsHidden[column])
                {
                    labels[place] = inputs[place];
                    inputs[place] = _maskId ?? inputs[place];
                    ranks[place] = 1; // above the rank of all that look
                    weights?[place] = (float)WeightOf(drawn);
                }
            }
        }

        var view = new ObjectiveView
        {
            Rows = rows.Rows,
            Length = rows.Length,
            Inputs = inputs,
            Mask = (_maskId is null ? MaskLaw.Ranked(new int[count], ranks) : MaskLaw.Full).Within(rows),
            Positions = rows.Positions,
            Targets = [new ObjectiveTarget { Head = HeadCall.Main, Labels = labels, Weights = weights is null ? (ReadOnlyMemory<float>?)null : weights, Denominator = denominator }],
        };
        return new ObjectivePlan([view]);
    }

    private double WeightOf(HiddenRow row)
    {
        return _norm == HiddenNorm.Row ? 1.0 / row.Hidden : _rate is { } rate ? 1 / rate : (row.Maskable + 1.0) / row.Hidden;
    }

    private double DenominatorOf(HiddenRow row)
    {
        return _norm switch
        {
            HiddenNorm.Token => row.Hidden,
            HiddenNorm.Row => row.Hidden > 0 ? 1 : 0,
            _ => row.Maskable,
        };
    }
}
