using System.Text.Json.Nodes;

namespace Granary.Cluster.Submission.Kubernetes;

/// <summary>
/// A run's objects for Kubernetes, ready for server-side apply: its configuration, the service by which ranks find each other,
/// and a Job or a JobSet. Names and labels carry the operation's id, so applying them again changes nothing.
/// </summary>
internal sealed class KubernetesManifests
{
    /// <summary>The label that all objects and pods of a submission carry.</summary>
    public const string OperationLabel = "granary/operation";

    private readonly SubmissionOrder _order;
    private readonly KubernetesConfig _config;
    private readonly string _operation;
    private readonly string _name;

    /// <summary>The objects of a run's submission.</summary>
    public KubernetesManifests(SubmissionOrder order, KubernetesConfig config, string operation)
    {
        _order = order;
        _config = config;
        _operation = operation;
        _name = KubernetesNames.Of(order.Name, operation);
    }

    /// <summary>The objects, in the order in which they are needed.</summary>
    public IReadOnlyList<JsonObject> Build()
    {
        // A JobSet's controller makes the service itself.
        return _config.Workload == KubernetesWorkload.Jobset ? [ConfigMap(), JobSet()] : [ConfigMap(), Service(), Job()];
    }

    private JsonObject ConfigMap()
    {
        var map = Object("v1", "ConfigMap");
        map["immutable"] = true;
        map["data"] = new JsonObject { [KubernetesPod.ConfigFile] = _order.Configuration };
        return map;
    }

    private JsonObject Service()
    {
        var service = Object("v1", "Service");
        service["spec"] = new JsonObject
        {
            // Without an address of its own its name stands for the pods, each under its host's name.
            ["clusterIP"] = "None",
            ["selector"] = new JsonObject { [OperationLabel] = _operation },

            // Ranks meet before any of them could be called ready.
            ["publishNotReadyAddresses"] = true,
            ["ports"] = new JsonArray(new JsonObject { ["name"] = "rendezvous", ["port"] = KubernetesPod.Port, ["protocol"] = "TCP" }),
        };
        return service;
    }

    private JsonObject Job()
    {
        var job = Object("batch/v1", "Job");

        // One failure of the run fails every rank, as each ends with the others.
        job["spec"] = JobSpec(_config.Ranks, ["run"], _config.MaxRestarts * _config.Ranks, KubernetesNames.FirstRank(_name, KubernetesWorkload.Job));
        return job;
    }

    private JsonObject JobSet()
    {
        var first = KubernetesNames.FirstRank(_name, KubernetesWorkload.Jobset);
        var set = Object("jobset.x-k8s.io/v1alpha2", "JobSet");
        set["spec"] = new JsonObject
        {
            ["network"] = new JsonObject { ["enableDNSHostnames"] = true, ["publishNotReadyAddresses"] = true },
            ["failurePolicy"] = new JsonObject { ["maxRestarts"] = _config.MaxRestarts },
            ["replicatedJobs"] = new JsonArray(
                Replicated(KubernetesNames.Prepare, JobSpec(1, _order.PreparationCommand.Split(' '), backoffLimit: 0, first)),
                Replicated(KubernetesNames.Train, JobSpec(_config.Ranks, ["run"], backoffLimit: 0, first), KubernetesNames.Prepare)),
        };
        return set;
    }

    private static JsonObject Replicated(string name, JsonObject spec, string? after = null)
    {
        var job = new JsonObject { ["name"] = name, ["replicas"] = 1 };
        if (after is not null)
        {
            job["dependsOn"] = new JsonArray(new JsonObject { ["name"] = after, ["status"] = "Complete" });
        }

        job["template"] = new JsonObject { ["spec"] = spec };
        return job;
    }

    private JsonObject JobSpec(int ranks, string[] command, int backoffLimit, string firstRank)
    {
        var pod = new KubernetesPod(_config, _name) { Command = command, Ranks = ranks, FirstRank = firstRank };
        return new JsonObject
        {
            ["completionMode"] = "Indexed",
            ["completions"] = ranks,
            ["parallelism"] = ranks,
            ["backoffLimit"] = backoffLimit,
            ["podReplacementPolicy"] = "Failed",
            ["podFailurePolicy"] = new JsonObject
            {
                ["rules"] = new JsonArray(
                    new JsonObject
                    {
                        // Wrong usage or configuration does not mend itself.
                        ["action"] = "FailJob",
                        ["onExitCodes"] = new JsonObject { ["containerName"] = KubernetesPod.Container, ["operator"] = "In", ["values"] = new JsonArray(2) },
                    },
                    new JsonObject
                    {
                        // A node that is drained or lost is nobody's failure.
                        ["action"] = "Ignore",
                        ["onPodConditions"] = new JsonArray(new JsonObject { ["type"] = "DisruptionTarget", ["status"] = "True" }),
                    }),
            },
            ["template"] = new JsonObject { ["metadata"] = new JsonObject { ["labels"] = Labels() }, ["spec"] = pod.Build() },
        };
    }

    private JsonObject Object(string version, string kind)
    {
        var metadata = new JsonObject { ["name"] = _name };
        if (_config.Namespace is not null)
        {
            metadata["namespace"] = _config.Namespace;
        }

        metadata["labels"] = Labels();
        return new JsonObject { ["apiVersion"] = version, ["kind"] = kind, ["metadata"] = metadata };
    }

    private JsonObject Labels()
    {
        return new JsonObject
        {
            ["app.kubernetes.io/name"] = "granary",
            ["app.kubernetes.io/instance"] = _name,
            ["app.kubernetes.io/managed-by"] = "granary",
            [OperationLabel] = _operation,
        };
    }
}
