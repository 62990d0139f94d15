using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Granary.Core;
using Granary.Core.Files;

namespace Granary.Cli.Mixtures.Trials;

/// <summary>How specifications and results of proxies look in files: snake_case keys, numbers that read back to the same bits, NaN in quotes.</summary>
internal static class ProxyJson
{
    private static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.KebabCaseLower) },
        RespectNullableAnnotations = true,
    };

    /// <summary>Writes a file, whole or not at all.</summary>
    public static void Write<T>(string path, T value)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        AtomicFile.Write(path, stream => JsonSerializer.Serialize(stream, value, Options));
    }

    /// <summary>Reads a file.</summary>
    /// <exception cref="CorpusException">It is missing, or nothing of the kind.</exception>
    public static T Read<T>(string path)
    {
        try
        {
            return JsonSerializer.Deserialize<T>(File.ReadAllBytes(path), Options) ?? throw new JsonException("it is null");
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new CorpusException(path, "There is no such file of a proxy.", inner: exception);
        }
        catch (JsonException exception)
        {
            throw new CorpusException(path, $"The file is none of a proxy's: {exception.Message.TrimEnd('.')}. Remove the proxy's folder; it is trained again.", inner: exception);
        }
    }
}
