namespace Granary.Models.Generation;

/// <summary>Why a text ends.</summary>
public enum StopReason
{
    /// <summary>It goes on.</summary>
    None,

    /// <summary>A stop token came.</summary>
    StopToken,

    /// <summary>As many tokens as were asked for have come.</summary>
    MaxNewTokens,

    /// <summary>The model has read as many tokens as it has positions.</summary>
    ContextFull,
}
