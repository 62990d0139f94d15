using Granary.Torch;

namespace Granary.Checkpoints.HuggingFace;

/// <summary>What an export needs to know beside the model.</summary>
public sealed record HuggingFaceExport
{
    /// <summary>The type weights are written in. Default Float32; BFloat16 and Float16 round to nearest.</summary>
    public ScalarType Type { get; init; } = ScalarType.Float32;

    /// <summary>Bytes of weights above which another file is begun. Default 5,000,000,000.</summary>
    public long MaxShardBytes { get; init; } = 5_000_000_000;

    /// <summary>The tokenizer.json to copy. Default null: the folder holds no tokenizer.</summary>
    public string? TokenizerPath { get; init; }

    /// <summary>The id that opens a document. Default null: none.</summary>
    public int? BosTokenId { get; init; }

    /// <summary>The id that ends a document. Default null: none.</summary>
    public int? EosTokenId { get; init; }

    /// <summary>The id that fills rows up. Default null: none.</summary>
    public int? PadTokenId { get; init; }
}
