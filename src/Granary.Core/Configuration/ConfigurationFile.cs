using System.Text;

namespace Granary.Core.Configuration;

/// <summary>
/// Reads and writes configuration files: strict YAML with snake_case keys, one record a section. An unknown key, a
/// wrong type or a missing key is a fault, and all faults of a file are reported at once.
/// </summary>
public static class ConfigurationFile
{
    /// <summary>The largest file that is read; a larger one is refused unread.</summary>
    public const int MaxBytes = 4 << 20;

    /// <summary>Reads a file, lays <paramref name="overrides"/> ("path.to.key=value") over it and checks every value.</summary>
    /// <exception cref="ConfigurationException">The file cannot be read, or something in it cannot be used.</exception>
    public static T Load<T>(string path, IReadOnlyList<string> overrides)
        where T : class, IConfigSection
    {
        return Parse<T>(ReadText(path), path, overrides);
    }

    /// <summary>Reads YAML text as <see cref="Load"/> does; <paramref name="sourceName"/> is what messages call it.</summary>
    /// <exception cref="ConfigurationException">Something in the text cannot be used.</exception>
    public static T Parse<T>(string yaml, string sourceName, IReadOnlyList<string>? overrides = null)
        where T : class, IConfigSection
    {
        if (Encoding.UTF8.GetByteCount(yaml) > MaxBytes)
        {
            throw TooLarge(sourceName);
        }

        var places = new Dictionary<string, string>(StringComparer.Ordinal);
        var errors = new ConfigurationErrors(places);
        var root = YamlTreeReader.Read(yaml, errors);
        errors.ThrowIfAny(sourceName);
        root = new OverrideReader(errors).Apply(root!, overrides ?? []);
        var config = new SectionBinder(errors, places).BindSection(typeof(T), root, path: string.Empty, original: null);
        errors.ThrowIfAny(sourceName);
        ((T)config!).Validate(string.Empty, errors);
        errors.ThrowIfAny(sourceName);
        return (T)config;
    }

    /// <summary>The record as YAML with every key written out; <see cref="Parse{T}"/> gives an equal record back.</summary>
    public static string Write<T>(T config)
        where T : class, IConfigSection
    {
        return ConfigurationWriter.Write(config, typeof(T));
    }

    /// <summary>What YAML text means, with every key written out: equal for texts that mean the same.</summary>
    /// <exception cref="ConfigurationException">Something in the text cannot be used.</exception>
    public static string Resolve<T>(string yaml)
        where T : class, IConfigSection
    {
        return Write(Parse<T>(yaml, sourceName: "configuration"));
    }

    private static string ReadText(string path)
    {
        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
            var bytes = new byte[MaxBytes + 1];
            var length = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
            if (length > MaxBytes)
            {
                throw TooLarge(path);
            }

            var text = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true).GetString(bytes, 0, length);
            return text.TrimStart('\uFEFF');
        }
        catch (DecoderFallbackException exception)
        {
            throw new ConfigurationException(path, [$"The file is not UTF-8 text: byte {exception.Index} cannot be read. Save it as UTF-8."]);
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new ConfigurationException(path, ["The file does not exist. Give the path of a YAML file."]);
        }
        catch (UnauthorizedAccessException) when (Directory.Exists(path))
        {
            throw new ConfigurationException(path, ["This is a folder. Give the path of a YAML file."]);
        }
        catch (UnauthorizedAccessException)
        {
            throw new ConfigurationException(path, ["The file may not be read. Change its permissions, or run as a user who may read it."]);
        }
    }

    private static ConfigurationException TooLarge(string sourceName)
    {
        return new ConfigurationException(sourceName, [$"The text is larger than {MaxBytes >> 20} MiB, which no configuration file is. Check that this is the right file."]);
    }
}
