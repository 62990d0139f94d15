using System.Text.Json;

namespace Granary.Checkpoints.HuggingFace;

/// <summary>Reads the JSON files of a model folder; a key may stand only once.</summary>
internal static class JsonFile
{
    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false };

    /// <summary>The file's object.</summary>
    /// <exception cref="CheckpointException">The file is absent, no JSON, or no object.</exception>
    public static JsonDocument Read(string path)
    {
        try
        {
            var document = JsonDocument.Parse(File.ReadAllBytes(path), Strict);
            if (document.RootElement.ValueKind == JsonValueKind.Object)
            {
                return document;
            }

            document.Dispose();
            throw new CheckpointException(path, "The file must hold a JSON object.");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or JsonException)
        {
            throw new CheckpointException(path, $"The file cannot be read: {exception.Message}", exception);
        }
    }
}
