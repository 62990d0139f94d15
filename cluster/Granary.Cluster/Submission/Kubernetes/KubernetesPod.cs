using System.Text.Json.Nodes;

namespace Granary.Cluster.Submission.Kubernetes;

/// <summary>The pod of a rank: nothing it does not need, and nothing it could change but the volume of the runs.</summary>
internal sealed class KubernetesPod
{
    /// <summary>The container's name.</summary>
    public const string Container = "granary";

    /// <summary>The configuration's file name.</summary>
    public const string ConfigFile = "run.yaml";

    /// <summary>Where rank 0 waits for the others.</summary>
    public const int Port = 29500;

    private const string ConfigFolder = "/etc/granary";
    private const string Home = "/granary";
    private const int User = 10001; // the image's; a number, because runAsNonRoot cannot judge a name

    private readonly KubernetesConfig _config;
    private readonly string _name;

    /// <summary>A pod of the submission whose objects have a name.</summary>
    public KubernetesPod(KubernetesConfig config, string name)
    {
        _config = config;
        _name = name;
    }

    /// <summary>The words behind `granary`, without the configuration's file.</summary>
    public required IReadOnlyList<string> Command { get; init; }

    /// <summary>The ranks.</summary>
    public required int Ranks { get; init; }

    /// <summary>The name of the first rank's pod.</summary>
    public required string FirstRank { get; init; }

    /// <summary>The pod's specification.</summary>
    public JsonObject Build()
    {
        return new JsonObject
        {
            ["restartPolicy"] = "Never",
            ["subdomain"] = _name,
            ["automountServiceAccountToken"] = false,
            ["enableServiceLinks"] = false,
            ["terminationGracePeriodSeconds"] = (int)_config.Grace.TotalSeconds,
            ["securityContext"] = new JsonObject
            {
                ["runAsNonRoot"] = true,
                ["runAsUser"] = User,
                ["runAsGroup"] = User,
                ["fsGroup"] = User,
                ["seccompProfile"] = new JsonObject { ["type"] = "RuntimeDefault" },
            },
            ["containers"] = new JsonArray(ContainerSpec()),
            ["volumes"] = new JsonArray(
                new JsonObject { ["name"] = "runs", ["persistentVolumeClaim"] = new JsonObject { ["claimName"] = _config.Claim } },
                new JsonObject { ["name"] = "config", ["configMap"] = new JsonObject { ["name"] = _name } },
                new JsonObject { ["name"] = "tmp", ["emptyDir"] = new JsonObject() }),
        };
    }

    private static JsonObject Variable(string name, string value)
    {
        return new JsonObject { ["name"] = name, ["value"] = value };
    }

    private static JsonObject Mount(string name, string path, bool isReadOnly = false)
    {
        var mount = new JsonObject { ["name"] = name, ["mountPath"] = path };
        if (isReadOnly)
        {
            mount["readOnly"] = true;
        }

        return mount;
    }

    private JsonObject ContainerSpec()
    {
        return new JsonObject
        {
            ["name"] = Container,
            ["image"] = _config.Image,
            ["args"] = new JsonArray([.. Command.Select(word => (JsonNode)word), $"{ConfigFolder}/{ConfigFile}", "--runs", $"{Home}/runs"]),
            ["workingDir"] = Home,
            ["env"] = new JsonArray([.. Variables()]),
            ["ports"] = new JsonArray(new JsonObject { ["name"] = "rendezvous", ["containerPort"] = Port, ["protocol"] = "TCP" }),
            ["resources"] = new JsonObject { ["requests"] = Resources(), ["limits"] = Resources() },
            ["securityContext"] = new JsonObject
            {
                ["allowPrivilegeEscalation"] = false,
                ["readOnlyRootFilesystem"] = true,
                ["capabilities"] = new JsonObject { ["drop"] = new JsonArray("ALL") },
            },
            ["terminationMessagePolicy"] = "FallbackToLogsOnError",
            ["volumeMounts"] = new JsonArray(Mount("runs", Home), Mount("config", ConfigFolder, isReadOnly: true), Mount("tmp", "/tmp")),
        };
    }

    private JsonObject Resources()
    {
        var resources = new JsonObject { ["cpu"] = _config.Cpu, ["memory"] = _config.Memory };
        if (_config.Gpus > 0)
        {
            resources[_config.GpuResource] = KubernetesNames.Text(_config.Gpus);
        }

        return resources;
    }

    private IEnumerable<JsonNode> Variables()
    {
        yield return Variable("HOME", "/tmp");
        yield return Variable("DOTNET_EnableDiagnostics", "0");
        if (Ranks > 1)
        {
            yield return new JsonObject
            {
                ["name"] = "RANK",
                ["valueFrom"] = new JsonObject { ["fieldRef"] = new JsonObject { ["fieldPath"] = "metadata.annotations['batch.kubernetes.io/job-completion-index']" } },
            };
            yield return Variable("WORLD_SIZE", KubernetesNames.Text(Ranks));
            yield return Variable("LOCAL_RANK", "0");
            yield return Variable("LOCAL_WORLD_SIZE", "1");
            yield return Variable("MASTER_ADDR", FirstRank);
            yield return Variable("MASTER_PORT", KubernetesNames.Text(Port));
        }

        foreach (var (name, value) in _config.Environment.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            // Kubernetes would read $(NAME) as another variable's value.
            yield return Variable(name, value.Replace("$(", "$$(", StringComparison.Ordinal));
        }

        foreach (var (name, reference) in _config.Secrets.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            var parts = reference.Split('/', 2);
            yield return new JsonObject
            {
                ["name"] = name,
                ["valueFrom"] = new JsonObject { ["secretKeyRef"] = new JsonObject { ["name"] = parts[0], ["key"] = parts[1] } },
            };
        }
    }
}
