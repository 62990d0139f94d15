namespace Granary.Checkpoints.HuggingFace;

/// <summary>The names of the files in a model folder.</summary>
internal static class HuggingFaceFiles
{
    public const string Config = "config.json";
    public const string GenerationConfig = "generation_config.json";
    public const string Tokenizer = "tokenizer.json";
    public const string TokenizerConfig = "tokenizer_config.json";
    public const string Weights = "model.safetensors";
    public const string Index = "model.safetensors.index.json";
    public const string PickledWeights = "pytorch_model.bin";
    public const string PickledIndex = "pytorch_model.bin.index.json";

    /// <summary>The name of one of several weight files; the first is 1.</summary>
    public static string Shard(int number, int count) => $"model-{number:D5}-of-{count:D5}.safetensors";
}
