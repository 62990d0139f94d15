namespace Granary.Checkpoints.Safetensors;

/// <summary>Recognises files of other formats by their first bytes, without parsing them.</summary>
internal static class ForeignFormat
{
    private const string Convert =
        "Formats that can run code are never opened: load it where it was made and save it again with safetensors.torch.save_file.";

    /// <summary>A sentence that says what the file is and what to do; null when its first bytes say nothing.</summary>
    public static string? Describe(ReadOnlySpan<byte> head)
    {
        return head switch
        {
            [0x80, >= 2 and <= 5, ..] => $"The file is a Python pickle (an old .pt or .bin). {Convert}",
            [(byte)'P', (byte)'K', 3, 4, ..] => $"The file is a zip archive (torch.save's .pt, .bin or .ckpt). {Convert}",
            [(byte)'G', (byte)'G', (byte)'U', (byte)'F', ..] => "The file is a GGUF file, not safetensors; fetch the model's safetensors files instead.",
            _ when head.StartsWith("version https://"u8) => "The file is a Git LFS pointer, not the model itself; run 'git lfs pull' in its repository.",
            _ => null,
        };
    }
}
