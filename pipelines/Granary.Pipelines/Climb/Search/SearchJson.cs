using System.Text.Json;
using System.Text.Json.Serialization;
using Granary.Core;
using Granary.Core.Files;

namespace Granary.Pipelines.Climb.Search;

/// <summary>How a search's records look in files: snake_case keys, numbers that read back to the same bits, NaN in quotes.</summary>
public static class SearchJson
{
    private static readonly JsonSerializerOptions Lines = Options(isIndented: false);
    private static readonly JsonSerializerOptions Pages = Options(isIndented: true);

    /// <summary>One line, without its end.</summary>
    public static string Line<T>(T value)
    {
        return JsonSerializer.Serialize(value, Lines);
    }

    /// <summary>A whole file.</summary>
    public static string Page<T>(T value)
    {
        return JsonSerializer.Serialize(value, Pages) + "\n";
    }

    /// <summary>Writes a file, whole or not at all, and the folders it needs.</summary>
    public static void WriteFile<T>(string path, T value)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        AtomicFile.WriteText(path, Page(value));
    }

    /// <summary>Reads a whole file.</summary>
    /// <exception cref="CorpusException">It is missing, or nothing of the kind.</exception>
    public static T ReadFile<T>(string path)
    {
        try
        {
            return Read<T>(File.ReadAllText(path), path);
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new CorpusException(path, "A mixture search has no such file.", inner: exception);
        }
    }

    /// <summary>Reads what the others wrote.</summary>
    /// <param name="text">The text.</param>
    /// <param name="path">The file that it is of, for the message.</param>
    /// <exception cref="CorpusException">The text is nothing of the kind.</exception>
    public static T Read<T>(string text, string path)
    {
        try
        {
            return JsonSerializer.Deserialize<T>(text, Lines) ?? throw new JsonException("The text is null.");
        }
        catch (JsonException exception)
        {
            throw new CorpusException(path, $"The file is no part of a mixture search: {exception.Message.TrimEnd('.')}. Remove the folder it lies in; what that held is made again.", inner: exception);
        }
    }

    private static JsonSerializerOptions Options(bool isIndented)
    {
        return new JsonSerializerOptions
        {
            PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
            NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
            WriteIndented = isIndented,
            IndentSize = 2,
            RespectNullableAnnotations = true,
            NewLine = "\n",
            Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
            Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
        };
    }
}
