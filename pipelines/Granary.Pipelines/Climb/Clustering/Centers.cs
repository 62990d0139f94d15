using System.Numerics;
using System.Runtime.InteropServices;
using Granary.Torch;

namespace Granary.Pipelines.Climb.Clustering;

/// <summary>Centres of clusters, and which of them rows are nearest to.</summary>
/// <remarks>
/// Squared distances are |x|^2 - 2 x.c + |c|^2, the products by one matrix product of a block of rows with all centres. The
/// rounding of that form is bounded by <see cref="ErrorOf"/>.
/// </remarks>
internal sealed class Centers : IDisposable
{
    /// <summary>Rows of a matrix product: with 1,000 centres their products take 2 MB, which stay in a core's cache.</summary>
    public const int RowsPerBlock = 512;

    private readonly float[] _squares;
    private readonly Tensor _transposed; // [columns, centres]

    public Centers(RowMatrix rows)
    {
        Rows = rows;
        _squares = [.. Enumerable.Range(0, rows.Rows).Select(i => FloatSpans.Dot(rows[i], rows[i]))];
        LargestSquare = _squares.Length == 0 ? 0 : _squares.Max();
        using var scope = torch.NewDisposeScope();
        _transposed = torch.tensor<float>(rows.Values, [rows.Rows, rows.Columns]).t().contiguous().DetachFromDisposeScope();
    }

    public RowMatrix Rows { get; }

    public int Count => Rows.Rows;

    private float LargestSquare { get; }

    /// <summary>How far a squared distance may be off that <see cref="FindNearest"/> gives.</summary>
    public float ErrorOf(float rowSquare)
    {
        return 4e-6f * (rowSquare + LargestSquare);
    }

    /// <summary>
    /// The nearest centre of each row of a block [rows, columns], of equally near ones the first; <paramref name="found"/> is told
    /// the row, the centre, and the squared distances less the row's own square of it and of the next nearest.
    /// </summary>
    public void FindNearest(Tensor block, Action<int, int, float, float> found)
    {
        using var scope = torch.NewDisposeScope();
        var products = block.mm(_transposed);
        var all = products.data<float>();
        for (var row = 0; row < all.Length / Count; row++)
        {
            var (nearest, least, next) = Least(all.Slice(row * Count, Count));
            found(row, nearest, least, next);
        }

        GC.KeepAlive(products);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _transposed.Dispose();
    }

    // Least and second least of |c|^2 - 2 x.c. Each lane keeps its own, with the first place of its least.
    private (int Place, float Least, float Next) Least(ReadOnlySpan<float> products)
    {
        var dots = MemoryMarshal.Cast<float, Vector<float>>(products);
        var squares = MemoryMarshal.Cast<float, Vector<float>>(_squares);
        var (least, next, places) = (new Vector<float>(float.PositiveInfinity), new Vector<float>(float.PositiveInfinity), Vector<int>.Zero);
        var minusTwo = new Vector<float>(-2);
        for (var i = 0; i < dots.Length; i++)
        {
            var distance = Vector.FusedMultiplyAdd(dots[i], minusTwo, squares[i]);
            var isLess = Vector.LessThan(distance, least);
            next = Vector.ConditionalSelect(isLess, least, Vector.Min(next, distance));
            least = Vector.ConditionalSelect(isLess, distance, least);
            places = Vector.ConditionalSelect(isLess, new Vector<int>(i), places);
        }

        var (place, first, second) = (-1, float.PositiveInfinity, float.PositiveInfinity);
        void Consider(int candidate, float distance)
        {
            if (distance < first || (distance == first && candidate < place))
            {
                (place, first, second) = (candidate, distance, Math.Min(first, second));
            }
            else
            {
                second = Math.Min(second, distance);
            }
        }

        for (var lane = 0; lane < Vector<float>.Count && dots.Length > 0; lane++)
        {
            Consider((places[lane] * Vector<float>.Count) + lane, least[lane]);
            second = Math.Min(second, next[lane]);
        }

        for (var i = dots.Length * Vector<float>.Count; i < products.Length; i++)
        {
            Consider(i, MathF.FusedMultiplyAdd(products[i], -2, _squares[i]));
        }

        return (place, first, second);
    }
}
