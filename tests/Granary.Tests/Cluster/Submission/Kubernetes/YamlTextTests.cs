using System.Text.Json.Nodes;
using Granary.Cluster.Submission.Tests;
using Granary.Core.Configuration;
using Granary.Core.Randomness;

namespace Granary.Cluster.Submission.Kubernetes.Tests;

public sealed class YamlTextTests
{
    [Test]
    public void Text_looks_as_people_write_it()
    {
        var document = new JsonObject
        {
            ["kind"] = "Job",
            ["count"] = 3,
            ["isOn"] = true,
            ["none"] = null,
            ["words"] = new JsonArray("a", "no", "1", "b c"),
            ["empty"] = new JsonObject { ["list"] = new JsonArray(), ["map"] = new JsonObject() },
            ["items"] = new JsonArray(new JsonObject { ["name"] = "x", ["inner"] = new JsonObject { ["deep"] = 1 } }, new JsonObject { ["name"] = "z" }),
            ["file"] = "one:\n  two\n\nthree\n",
        };

        Assert.That(YamlText.Write([document]), Is.EqualTo("""
            ---
            kind: Job
            count: 3
            isOn: true
            none: null
            words:
              - a
              - "no"
              - "1"
              - "b c"
            empty:
              list: []
              map: {}
            items:
              - name: x
                inner:
                  deep: 1
              - name: z
            file: |
              one:
                two

              three

            """));
    }

    [Test]
    public void Ten_thousand_hostile_texts_are_read_back_as_they_were()
    {
        const int Texts = 10_000;
        var key = RandomKey.FromSeed(9);
        var texts = Enumerable.Range(0, Texts).Select(i => HostileText.Of(key, i)).ToList();
        var document = new JsonObject { ["texts"] = new JsonArray([.. texts.Select(text => (JsonNode)text)]), ["files"] = new JsonArray([.. texts.Select(text => (JsonNode)$"a{text}\n")]) };

        var read = ConfigurationFile.Parse<Read>(YamlText.Write([document]), "yaml");

        Assert.That(read.Texts, Is.EqualTo(texts));
        Assert.That(read.Files, Is.EqualTo(texts.Select(text => $"a{text}\n")));
    }

    private sealed record Read : IConfigSection
    {
        public IReadOnlyList<string> Texts { get; init; } = [];

        public IReadOnlyList<string> Files { get; init; } = [];

        public void Validate(string path, ConfigurationErrors errors)
        {
        }
    }
}
