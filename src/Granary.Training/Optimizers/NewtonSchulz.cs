using Granary.Torch;

namespace Granary.Training.Optimizers;

/// <summary>Makes a matrix nearly orthogonal: U S V^T becomes about U V^T, with singular values between 0.7 and 1.2.</summary>
/// <remarks>
/// X = G / |G|; then X = a X + (b A + c A^2) X with A = X X^T, an odd polynomial of the singular values that drives all of them
/// towards 1, the small ones fast. Its coefficients are those of K. Jordan's Muon (kellerjordan.github.io/posts/muon). Products
/// are taken in bfloat16: what they err by is far less than the spread that is left.
/// </remarks>
internal static class NewtonSchulz
{
    private const double A = 3.4445;
    private const double B = -4.7750;
    private const double C = 2.0315;
    private const double Tiny = 1e-7; // a matrix of zeros stays one

    /// <summary>[R, C] to the same shape and type.</summary>
    internal static Tensor Orthogonalized(Tensor g_RC, int steps, ScalarType type = ScalarType.BFloat16)
    {
        using var scope = torch.NewDisposeScope();

        // The smaller side is squared: the product with itself is then as small as it can be.
        var isTall = g_RC.size(0) > g_RC.size(1);
        var x = (isTall ? g_RC.t() : g_RC) / (g_RC.norm() + Tiny);
        x = x.to(type);
        for (var step = 0; step < steps; step++)
        {
            using var inner = torch.NewDisposeScope();
            var square = x.mm(x.t());
            var polynomial = square.addmm(square, square, B, C);
            x = x.addmm(polynomial, x, A).MoveToOuterDisposeScope();
        }

        return (isTall ? x.t() : x).to(g_RC.dtype).MoveToOuterDisposeScope();
    }
}
