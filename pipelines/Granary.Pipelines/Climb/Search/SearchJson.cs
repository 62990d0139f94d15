using System.Text.Json;
using System.Text.Json.Serialization;
using Granary.Core;

namespace Granary.Pipelines.Climb.Search;

/// <summary>How a search's records look in files: snake_case keys, numbers that read back to the same bits, NaN in quotes.</summary>
internal static class SearchJson
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

    /// <summary>Reads what the others wrote.</summary>
    /// <exception cref="CorpusException">The text is nothing of the kind.</exception>
    public static T Read<T>(string text, string path)
    {
        try
        {
            return JsonSerializer.Deserialize<T>(text, Lines) ?? throw new JsonException("The text is null.");
        }
        catch (JsonException exception)
        {
            throw new CorpusException(path, $"The file is no part of a mixture search: {exception.Message} Remove the search's folder to begin again.");
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
            NewLine = "\n",
            Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
            Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
        };
    }
}
