using System.Text.Json.Nodes;
using Granary.Cluster.Submission.Tests;
using Granary.Testing;

namespace Granary.Cluster.Submission.Kubernetes.Tests;

public sealed class KubernetesManifestsTests
{
    private const string Operation = "0123456789abcdef0123456789abcdef";

    private static readonly KubernetesConfig Config = new()
    {
        Image = "registry.example/granary:1",
        Claim = "runs",
        Ranks = 3,
        Gpus = 2,
        Namespace = "lab",
        Environment = new Dictionary<string, string> { ["GREETING"] = "a $(B) \"c\"\n" },
        Secrets = new Dictionary<string, string> { ["TOKEN"] = "hub/token" },
    };

    [TestCase(KubernetesWorkload.Job, 1, "ConfigMap Service Job")]
    [TestCase(KubernetesWorkload.Job, 3, "ConfigMap Service Job")]
    [TestCase(KubernetesWorkload.Jobset, 1, "ConfigMap JobSet")]
    [TestCase(KubernetesWorkload.Jobset, 3, "ConfigMap JobSet")]
    public void Every_object_is_as_the_published_schemas_have_it(KubernetesWorkload workload, int ranks, string kinds)
    {
        var objects = Build(Config with { Workload = workload, Ranks = ranks });

        Assert.That(string.Join(' ', objects.Select(Kind)), Is.EqualTo(kinds));
        foreach (var made in objects)
        {
            Assert.That(SchemaFacts.Of(Kind(made)).Faults(made), Is.Empty, made.ToJsonString());
        }
    }

    [TestCase("spec.template.spec.containers", "image_pull_policy", "x", "$.spec.template.spec.containers[0].image_pull_policy is unknown")]
    [TestCase("spec", "completions", "3", "$.spec.completions is '3' but of type integer")]
    [TestCase("spec.template.spec", "restartPolicy", "Sometimes", "$.spec.template.spec.restartPolicy is 'Sometimes'")]
    [TestCase("spec.template.spec.containers", "name", null, "$.spec.template.spec.containers[0].name is missing")]
    public void The_facts_find_a_planted_fault(string at, string key, string? value, string fault)
    {
        var job = Build(Config).Single(made => Kind(made) == "Job");
        var place = At(job, at) is JsonArray list ? list[0]! : At(job, at)!;
        if (value is null)
        {
            place.AsObject().Remove(key);
        }
        else
        {
            place[key] = value;
        }

        Assert.That(SchemaFacts.Of("Job").Faults(job), Is.EqualTo(new[] { fault }));
    }

    [Test]
    public void A_pod_can_do_nothing_that_training_does_not_need()
    {
        foreach (var pod in new[] { KubernetesWorkload.Job, KubernetesWorkload.Jobset }.SelectMany(workload => PodsOf(Config with { Workload = workload })))
        {
            var container = pod["containers"]![0]!;
            Assert.That((bool)pod["automountServiceAccountToken"]!, Is.False);
            Assert.That((bool)pod["securityContext"]!["runAsNonRoot"]!, Is.True);
            Assert.That((int)pod["securityContext"]!["runAsUser"]!, Is.GreaterThan(0));
            Assert.That((string)pod["securityContext"]!["seccompProfile"]!["type"]!, Is.EqualTo("RuntimeDefault"));
            Assert.That((bool)container["securityContext"]!["readOnlyRootFilesystem"]!, Is.True);
            Assert.That((bool)container["securityContext"]!["allowPrivilegeEscalation"]!, Is.False);
            Assert.That((string)container["securityContext"]!["capabilities"]!["drop"]![0]!, Is.EqualTo("ALL"));
            Assert.That(container["resources"]!["limits"]!.AsObject().Select(pair => pair.Key), Is.EqualTo(new[] { "cpu", "memory", "nvidia.com/gpu" }));
        }
    }

    [TestCase(KubernetesWorkload.Job, "tiny-01234567-0.tiny-01234567")]
    [TestCase(KubernetesWorkload.Jobset, "tiny-01234567-train-0-0.tiny-01234567")]
    public void Ranks_find_the_first_by_its_stable_name(KubernetesWorkload workload, string first)
    {
        var pod = PodsOf(Config with { Workload = workload }).Last();

        var variables = pod["containers"]![0]!["env"]!.AsArray().ToDictionary(variable => (string)variable!["name"]!, variable => variable!);

        Assert.That((string)variables["MASTER_ADDR"]["value"]!, Is.EqualTo(first));
        Assert.That((string)variables["WORLD_SIZE"]["value"]!, Is.EqualTo("3"));
        Assert.That((string)variables["RANK"]["valueFrom"]!["fieldRef"]!["fieldPath"]!, Is.EqualTo("metadata.annotations['batch.kubernetes.io/job-completion-index']"));
        Assert.That((string)pod["subdomain"]!, Is.EqualTo("tiny-01234567"));
    }

    [Test]
    public void One_rank_is_no_rank_of_many()
    {
        var text = YamlText.Write(Build(Config with { Ranks = 1 }));

        Assert.That(text, Does.Not.Contain("WORLD_SIZE"));
    }

    [Test]
    public void A_JobSet_prepares_before_it_trains()
    {
        var jobs = Build(Config with { Workload = KubernetesWorkload.Jobset })[1]["spec"]!["replicatedJobs"]!.AsArray();

        Assert.That(jobs.Select(job => (string)job!["name"]!), Is.EqualTo(new[] { "prepare", "train" }));
        Assert.That(jobs[1]!["dependsOn"]!.ToJsonString(), Is.EqualTo("""[{"name":"prepare","status":"Complete"}]"""));
        Assert.That((string)jobs[0]!["template"]!["spec"]!["template"]!["spec"]!["containers"]![0]!["args"]![0]!, Is.EqualTo("decompose"));
        Assert.That((int)jobs[0]!["template"]!["spec"]!["completions"]!, Is.EqualTo(1));
    }

    [Test]
    public void Secrets_are_named_and_texts_are_not_read_as_references()
    {
        var variables = PodsOf(Config).Single()["containers"]![0]!["env"]!.AsArray();

        Assert.That(variables.Single(variable => (string)variable!["name"]! == "TOKEN")!["valueFrom"]!["secretKeyRef"]!.ToJsonString(), Is.EqualTo("""{"name":"hub","key":"token"}"""));
        Assert.That((string)variables.Single(variable => (string)variable!["name"]! == "GREETING")!["value"]!, Is.EqualTo("a $$(B) \"c\"\n"));
    }

    [Test]
    public void Applying_again_applies_the_same()
    {
        var (first, second) = (YamlText.Write(Build(Config)), YamlText.Write(Build(Config)));

        Assert.That(second, Is.EqualTo(first));
    }

    private static IReadOnlyList<JsonObject> Build(KubernetesConfig config)
    {
        using var folder = new TempFolder();
        return new KubernetesManifests(Orders.Of(folder, "kubernetes"), config, Operation).Build();
    }

    private static string Kind(JsonObject made) => (string)made["kind"]!;

    private static JsonNode? At(JsonNode node, string path)
    {
        return path.Split('.').Aggregate((JsonNode?)node, (at, key) => at![key]);
    }

    private static IEnumerable<JsonNode> PodsOf(KubernetesConfig config)
    {
        var workload = Build(config)[^1];
        return workload["spec"]!["replicatedJobs"] is JsonArray jobs
            ? jobs.Select(job => job!["template"]!["spec"]!["template"]!["spec"]!)
            : [workload["spec"]!["template"]!["spec"]!];
    }
}
