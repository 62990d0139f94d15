using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Granary.Core.Configuration;

namespace Granary.Pipelines.Decomposition;

/// <summary>How documents are cut into pieces whose lengths are powers of two.</summary>
public sealed record DecompositionConfig : IConfigSection
{
    /// <summary>The highest value <see cref="MaxExponent"/> may have: pieces of 2^24 ids.</summary>
    public const int HighestExponent = 24;

    /// <summary>The shortest piece has 2 to this power inputs; what is shorter is dropped and counted. Default 6.</summary>
    public int MinExponent { get; init; } = 6;

    /// <summary>The longest piece has 2 to this power inputs. Default 10.</summary>
    public int MaxExponent { get; init; } = 10;

    /// <summary>
    /// Where the next piece starts. <c>2^k</c> (default): right behind the inputs, so the last target of a piece is the
    /// first input of the next. <c>2^k+1</c>: behind the last target, so a piece needs 2^k + 1 ids of its own.
    /// <c>overlap-1</c>: at the last target, and a piece needs 2^k + 1 ids.
    /// </summary>
    public string Pieces { get; init; } = "2^k";

    /// <summary>
    /// What a document gives that is at least twice the longest piece. <c>cap</c> (default): the longest piece, over and
    /// over. <c>random</c>: pieces of random length, each length with an equal share of the tokens.
    /// </summary>
    public string LongDocuments { get; init; } = "cap";

    /// <summary>
    /// What becomes of the ids behind the last piece. <c>drop</c> (default): dropped and counted. <c>align-end</c>: one
    /// more shortest piece that ends with the document and repeats some of its ids.
    /// </summary>
    public string Tail { get; init; } = "drop";

    /// <summary>
    /// Tokens behind which all shards are closed, so that a build that is killed goes on there. Fewer repeat less work
    /// and give smaller shards. Default 2^30, about 4 GB of English text.
    /// </summary>
    public long TokensPerPart { get; init; } = 1L << 30;

    /// <inheritdoc/>
    public void Validate(string path, ConfigurationErrors errors)
    {
        errors.Require(MinExponent >= 0, $"{path}.min_exponent", MinExponent, "0 or more");
        errors.Require(MaxExponent >= MinExponent, $"{path}.max_exponent", MaxExponent, $"min_exponent ({MinExponent}) or more");
        errors.Require(MaxExponent <= HighestExponent, $"{path}.max_exponent", MaxExponent, $"{HighestExponent} or less");
        errors.Require(Pieces is "2^k" or "2^k+1" or "overlap-1", $"{path}.pieces", Pieces, "'2^k', '2^k+1' or 'overlap-1'");
        errors.Require(LongDocuments is "cap" or "random", $"{path}.long_documents", LongDocuments, "'cap' or 'random'");
        errors.Require(Tail is "drop" or "align-end", $"{path}.tail", Tail, "'drop' or 'align-end'");
        errors.Require(TokensPerPart > 0, $"{path}.tokens_per_part", TokensPerPart, "greater than 0");
    }

    /// <summary>
    /// SHA-256 of everything that decides how a document is cut, as hexadecimal digits; the seed counts only where
    /// lengths are random.
    /// </summary>
    public string ToSha256(long seed)
    {
        var effectiveSeed = LongDocuments == "random" ? seed : 0;
        var text = string.Create(
            CultureInfo.InvariantCulture,
            $"min={MinExponent} max={MaxExponent} pieces={Pieces} long={LongDocuments} tail={Tail} seed={effectiveSeed}");
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
    }
}
