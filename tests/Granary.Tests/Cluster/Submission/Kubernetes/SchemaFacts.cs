using System.Text.Json;
using System.Text.Json.Nodes;
using Granary.Testing;

namespace Granary.Cluster.Submission.Kubernetes.Tests;

/// <summary>What Kubernetes' published schemas say of an object, from tests/golden/kubernetes; make_facts.py there tells the form.</summary>
internal sealed class SchemaFacts
{
    private readonly JsonNode _root;

    private SchemaFacts(JsonNode root)
    {
        _root = root;
    }

    /// <summary>The facts of a kind of object.</summary>
    public static SchemaFacts Of(string kind)
    {
        var file = kind switch { "JobSet" => "jobset-v1alpha2", "Job" => "job-v1", "Service" => "service-v1", _ => "configmap-v1" };
        return new SchemaFacts(JsonNode.Parse(File.ReadAllText(Repository.PathOf("tests", "golden", "kubernetes", $"{file}.json")))!["facts"]!);
    }

    /// <summary>Every fault of an object.</summary>
    public IReadOnlyList<string> Faults(JsonNode manifest)
    {
        return [.. Faults(manifest, _root, "$")];
    }

    private static IEnumerable<string> Faults(JsonNode? value, JsonNode fact, string path)
    {
        return fact switch
        {
            JsonObject rule when rule["enum"] is JsonArray words => words.Any(word => (string?)word == Text(value)) ? [] : [$"{path} is '{value}'"],
            JsonObject rule when rule["list"] is { } item => value is JsonArray list ? list.SelectMany((each, i) => Faults(each, item, $"{path}[{i}]")) : [$"{path} is no list"],
            JsonObject rule when rule["map"] is { } item => value is JsonObject map ? map.SelectMany(pair => Faults(pair.Value, item, $"{path}.{pair.Key}")) : [$"{path} is no map"],
            JsonObject rule => value is JsonObject fields ? Faults(fields, rule["fields"]!.AsObject(), rule["required"]!.AsArray(), path) : [$"{path} is no object"],
            _ => IsOf((string)fact!, value) ? [] : [$"{path} is '{value}' but of type {fact}"],
        };
    }

    private static IEnumerable<string> Faults(JsonObject value, JsonObject fields, JsonArray required, string path)
    {
        var missing = required.Select(name => (string)name!).Where(name => !value.ContainsKey(name)).Select(name => $"{path}.{name} is missing");
        return missing.Concat(value.SelectMany(pair => fields[pair.Key] is { } fact ? Faults(pair.Value, fact, $"{path}.{pair.Key}") : [$"{path}.{pair.Key} is unknown"]));
    }

    // What is only said to be an object is not described, so the manifests must not use it.
    private static bool IsOf(string type, JsonNode? value)
    {
        return (type, value?.GetValueKind()) switch
        {
            ("string", JsonValueKind.String) => true,
            ("quantity", JsonValueKind.String or JsonValueKind.Number) => true,
            ("integer", JsonValueKind.Number) => value!.AsValue().TryGetValue<int>(out _),
            ("boolean", JsonValueKind.True or JsonValueKind.False) => true,
            _ => false,
        };
    }

    private static string? Text(JsonNode? value)
    {
        return value is JsonValue text && text.TryGetValue<string>(out var word) ? word : null;
    }
}
