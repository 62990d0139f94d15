using System.Text.Json.Nodes;
using Granary.Checkpoints.Safetensors;
using Granary.Models.Decoder.Tests;

namespace Granary.Checkpoints.HuggingFace.Tests;

/// <summary>Golden models written as model folders, without Granary's own writer of such folders.</summary>
internal static class GoldenFolder
{
    public static void Write(GoldenModel golden, string folder, Func<string, string>? rename = null, Action<SafetensorsWriter>? add = null, string? without = null)
    {
        WriteConfig(golden, folder, "{}");
        var writer = new SafetensorsWriter();
        foreach (var name in golden.ParameterNames)
        {
            var tensor = golden.Tensor($"parameters.{name}");
            var written = rename is null ? name : rename(name);
            if (written != without)
            {
                writer.Add(written, "F32", tensor.shape, tensor.bytes.ToArray());
            }
        }

        add?.Invoke(writer);
        writer.Write(Path.Combine(folder, "model.safetensors"));
    }

    public static void WriteConfig(GoldenModel golden, string folder, string change)
    {
        var config = JsonNode.Parse(golden.ConfigText)!.AsObject();
        foreach (var (key, value) in JsonNode.Parse(change)!.AsObject())
        {
            config[key] = value?.DeepClone();
        }

        File.WriteAllText(Path.Combine(folder, "config.json"), config.ToJsonString());
    }
}
