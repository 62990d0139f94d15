using Granary.Cluster.Submission.Tests;
using Granary.Core.Configuration;
using Granary.Testing;

namespace Granary.Cluster.Submission.Kubernetes.Tests;

public sealed class KubernetesSubmitterTests
{
    private static readonly KubernetesConfig Config = new() { Image = "granary:1", Claim = "runs" };

    [Test]
    public async Task Manifests_are_applied_by_the_server_from_standard_input()
    {
        using var folder = new TempFolder();
        using var programs = new FakePrograms();
        programs.Script("kubectl", $"cat > '{programs["applied"]}'");
        var order = Order(folder, Config with { Namespace = "lab" });

        var job = await Desk(programs).SubmitAsync(order, Orders.MakeFolder(order), CancellationToken.None);

        Assert.That(programs.Calls("kubectl").Single(), Is.EqualTo(new[] { "apply", "--server-side", "--field-manager=granary", "--filename=-" }));
        Assert.That(File.ReadAllText(programs["applied"]), Does.StartWith("---\napiVersion: v1\nkind: ConfigMap\n").And.Match($"granary/operation: \"?{job.Operation}\"?\n"));
        Assert.That(job.Parts.Single().Id, Is.EqualTo($"lab/job/tiny-{job.Operation[..8]}"));
    }

    [Test]
    public async Task What_may_have_been_taken_is_applied_again_under_the_same_name()
    {
        using var folder = new TempFolder();
        using var programs = new FakePrograms();
        using var stop = new CancellationTokenSource();
        programs.Script("kubectl", $"cat > '{programs["first"]}'; mkfifo '{programs["never"]}'; : > '{programs["begun"]}'; read x < '{programs["never"]}'");
        var order = Order(folder, Config);
        var dying = Desk(programs).SubmitAsync(order, Orders.MakeFolder(order), stop.Token);
        SpinWait.SpinUntil(() => File.Exists(programs["begun"]));
        await stop.CancelAsync();
        Assert.That(async () => await dying, Throws.InstanceOf<OperationCanceledException>());
        programs.Script("kubectl", $"cat > '{programs["second"]}'");

        await Desk(programs).SubmitAsync(order, Orders.MakeFolder(order), CancellationToken.None);

        Assert.That(File.ReadAllText(programs["second"]), Is.EqualTo(File.ReadAllText(programs["first"])));
    }

    [Test]
    public void Without_kubectl_a_sentence_says_so()
    {
        using var folder = new TempFolder();
        var desk = new SubmissionDesk(new Dictionary<string, string> { ["PATH"] = folder.Path }, TimeProvider.System);
        var order = Order(folder, Config);

        Assert.That(
            () => desk.SubmitAsync(order, Orders.MakeFolder(order), CancellationToken.None),
            Throws.TypeOf<SubmissionException>().With.Message.EqualTo("The program 'kubectl' is not on PATH. Submit where the scheduler's own commands are installed, or use --dry-run to see what would be submitted."));
    }

    [Test]
    public void Without_its_section_a_run_does_not_know_its_image()
    {
        using var folder = new TempFolder();
        using var programs = new FakePrograms();

        Assert.That(() => Desk(programs).Describe(Orders.Of(folder, "kubernetes")), Throws.TypeOf<SubmissionException>().With.Message.Contains("Add a section with at least an image and a claim"));
    }

    [TestCase("""{"status":{"active":2,"ready":2}}""", SubmittedState.Running, "2 active")]
    [TestCase("""{"status":{}}""", SubmittedState.Queued, "0 active")]
    [TestCase("""{}""", SubmittedState.Queued, "0 active")]
    [TestCase("""{"status":{"active":1,"failed":3}}""", SubmittedState.Running, "1 active, 3 failures")]
    [TestCase("""{"status":{"conditions":[{"type":"Complete","status":"True"}]}}""", SubmittedState.Done, "")]
    [TestCase("""{"status":{"conditions":[{"type":"Complete","status":"False"}],"active":1}}""", SubmittedState.Running, "1 active")]
    [TestCase("""{"status":{"conditions":[{"type":"Failed","status":"True","reason":"BackoffLimitExceeded","message":"too often"}]}}""", SubmittedState.Failed, "BackoffLimitExceeded: too often")]
    [TestCase("""{"status":{"restarts":1,"replicatedJobsStatus":[{"name":"prepare","active":0},{"name":"train","active":1}]}}""", SubmittedState.Running, "1 active, 1 failures")]
    [TestCase("""{"status":{"conditions":[{"type":"Completed","status":"True"}]}}""", SubmittedState.Done, "")]
    [TestCase("""not JSON""", SubmittedState.Unknown, "kubectl's answer cannot be read")]
    [TestCase("""{"status":{"conditions":3}}""", SubmittedState.Unknown, "kubectl's answer cannot be read")]
    public void The_state_is_what_the_object_says(string json, SubmittedState state, string detail)
    {
        Assert.That(KubernetesStates.Read(json), Is.EqualTo(new PartReport(state, detail)));
    }

    [Test]
    public async Task A_job_that_is_gone_was_deleted_and_a_server_that_is_silent_says_nothing()
    {
        using var folder = new TempFolder();
        using var programs = new FakePrograms().Answer("kubectl", string.Empty, 1, "Error from server (NotFound): jobs.batch \"tiny-0\" not found\n");
        var job = Submitted(folder);

        var gone = await Desk(programs).LookAsync(job, CancellationToken.None);
        programs.Answer("kubectl", string.Empty, 1, "Unable to connect to the server: EOF\n");
        var silent = await Desk(programs).LookAsync(job, CancellationToken.None);

        Assert.That(gone.Single(), Is.EqualTo(new PartReport(SubmittedState.Cancelled, "deleted")));
        Assert.That(silent.Single(), Is.EqualTo(new PartReport(SubmittedState.Unknown, "kubectl: Unable to connect to the server: EOF")));
    }

    [Test]
    public async Task Cancelling_deletes_the_job_and_leaves_its_pods_the_time_to_save()
    {
        using var folder = new TempFolder();
        using var programs = new FakePrograms().Answer("kubectl", "job deleted\n");

        await Desk(programs).CancelAsync(Submitted(folder), CancellationToken.None);

        Assert.That(programs.Calls("kubectl").Single(), Is.EqualTo(new[] { "delete", "job/tiny-0", "--namespace=lab", "--cascade=foreground", "--wait=false" }));
    }

    [Test]
    public async Task The_log_is_that_of_the_first_rank()
    {
        using var folder = new TempFolder();
        using var programs = new FakePrograms().Answer("kubectl", "one\ntwo\n");

        var lines = await Desk(programs).ReadLogAsync(Submitted(folder), follows: true, CancellationToken.None).ToListAsync();

        Assert.That(lines, Is.EqualTo(new[] { "one", "two" }));
        Assert.That(programs.Calls("kubectl").Single(), Is.EqualTo(new[] { "logs", "--selector=granary/operation=0f,batch.kubernetes.io/job-completion-index=0", "--tail=-1", "--follow=true", "--namespace=lab" }));
    }

    [Test]
    public void Every_fault_of_the_section_is_reported()
    {
        var errors = new ConfigurationErrors();
        var faulty = new KubernetesConfig
        {
            Image = "granary\nprivileged: true",
            Claim = "Runs",
            Namespace = "a_b",
            Ranks = 0,
            Cpu = "many",
            Memory = "4 Gi",
            Gpus = -1,
            GpuResource = "gpu",
            MaxRestarts = -1,
            Grace = TimeSpan.Zero,
            Environment = new Dictionary<string, string> { ["TWICE"] = "x", ["a-b"] = "x" },
            Secrets = new Dictionary<string, string> { ["TWICE"] = "hub/token", ["OPEN"] = "the secret itself" },
        };

        faulty.Validate("kubernetes", errors);

        Assert.That(errors.Errors, Has.Count.EqualTo(13), string.Join('\n', errors.Errors));
    }

    private static SubmissionOrder Order(TempFolder folder, KubernetesConfig config)
    {
        return Orders.Of(folder, KubernetesSubmitter.Name, new SubmissionConfig { Kubernetes = config });
    }

    private static SubmissionDesk Desk(FakePrograms programs) => new(programs.Environment, TimeProvider.System);

    private static SubmittedJob Submitted(TempFolder folder)
    {
        return new SubmittedJob
        {
            Name = "tiny",
            To = KubernetesSubmitter.Name,
            Operation = "0f",
            Configuration = "0",
            Submitted = DateTimeOffset.UnixEpoch,
            Parts = [new SubmittedPart { Name = "run", Id = "lab/job/tiny-0" }],
            RunFolder = folder["runs", "tiny"],
        };
    }
}
