using System.Numerics;
using System.Security.Cryptography;
using System.Text;
using Granary.Core.Configuration;

namespace Granary.Data.Batching;

/// <summary>All steps take rows of one length, which hold several documents: the methods dataset decomposition is measured against.</summary>
public abstract record PackedBatchingConfig : BatchingConfig
{
    private const int ShortestRow = 8;
    private const int LongestRow = 1 << 20;

    /// <summary>Tokens of every row, a power of two. Default 1,024.</summary>
    public int RowLength { get; init; } = 1_024;

    /// <summary>The exponent of the row length.</summary>
    public int RowExponent => BitOperations.Log2((uint)RowLength);

    /// <summary>How the rows are filled.</summary>
    public abstract RowPacking Packing { get; }

    /// <summary>Everything that decides what the rows' positions see, in words that never change.</summary>
    protected abstract string MaskText { get; }

    /// <inheritdoc/>
    public override void Validate(string path, ConfigurationErrors errors)
    {
        base.Validate(path, errors);
        var isPossible = RowLength is >= ShortestRow and <= LongestRow && BitOperations.IsPow2(RowLength);
        errors.Require(isPossible, $"{path}.row_length", RowLength, $"a power of two from {ShortestRow} to {LongestRow}");
        errors.Require(!isPossible || TokensPerStep % RowLength == 0, $"{path}.tokens_per_step", TokensPerStep, $"a multiple of row_length ({RowLength})");
    }

    /// <inheritdoc/>
    internal override DatasetDecompositionConfig ToSampling() => new()
    {
        TokensPerStep = TokensPerStep,
        MaxTokensPerPass = MaxTokensPerPass,
        Passes = Passes,
        Curriculum = "natural",
        Cycles = 1,
    };

    /// <inheritdoc/>
    internal override string SignOrder(string orderSha256)
    {
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{orderSha256} row_length={RowLength} {MaskText}")));
    }
}
