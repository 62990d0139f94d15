using System.Globalization;
using System.Runtime.Versioning;
using System.Security.Cryptography;
using Granary.Cluster.Submission.Tests;
using Granary.Core.Configuration;
using Granary.Core.Randomness;
using Granary.Testing;

namespace Granary.Cluster.Submission.Slurm.Tests;

public sealed class SlurmPlanTests
{
    private const string Operation = "0123456789abcdef0123456789abcdef";

    [Test]
    public void Training_waits_for_the_preparation_and_asks_for_its_ranks()
    {
        using var folder = new TempFolder();
        var config = new SlurmConfig { Partition = "gpu", Account = "lab", Time = TimeSpan.FromHours(26), Nodes = 2, RanksPerNode = 4, CpusPerRank = 8, MemoryPerNode = "64G", GpusPerNode = 4, SaveBefore = TimeSpan.FromSeconds(90) };

        var arguments = Plan(folder, config).ArgumentsOf(SlurmPlan.Train, after: "41");

        Assert.That(arguments, Is.EqualTo(new[]
        {
            "--parsable", "--export=NONE", "--job-name=tiny", $"--comment=granary:{Operation}.train", $"--chdir={folder.Path}", $"--output={folder["job", "train.log"]}",
            "--open-mode=append", "--requeue", "--signal=B:USR1@90", "--time=1-02:00:00", "--nodes=2", "--ntasks=8", "--ntasks-per-node=4", "--cpus-per-task=8", "--gpus-per-node=4",
            "--partition=gpu", "--account=lab", "--mem=64G", "--dependency=afterok:41", "--kill-on-invalid-dep=yes",
            folder["job", "granary-job.sh"], "/opt/granary/granary", "job", folder["job", "train.parameters.json"],
        }));
    }

    [Test]
    public void The_preparation_is_one_task_and_has_no_gpu()
    {
        using var folder = new TempFolder();

        var arguments = Plan(folder, new SlurmConfig { Nodes = 4, GpusPerNode = 8, PreparationCpus = 16 }).ArgumentsOf(SlurmPlan.Prepare, after: null);

        Assert.That(arguments, Does.Contain("--nodes=1").And.Contain("--ntasks=1").And.Contain("--cpus-per-task=16"));
        Assert.That(arguments, Has.None.StartsWith("--gpus").And.None.StartsWith("--dependency").And.None.Contains("--wrap"));
    }

    [Test]
    public void The_script_is_the_same_bytes_for_every_run()
    {
        const string Sha256 = "20b8ed6cb23348e50aa074932190c0bec8b84139fe091471b28cba7c678c2542";

        Assert.That(Convert.ToHexStringLower(SHA256.HashData(SlurmScript.Bytes)), Is.EqualTo(Sha256));
    }

    [Test]
    public void A_hundred_thousand_random_values_are_refused_or_stand_in_one_argument_that_no_shell_would_read()
    {
        using var folder = new TempFolder();
        var key = RandomKey.FromSeed(3);
        var accepted = 0;
        for (var i = 0; i < 100_000; i++)
        {
            var value = HostileText.Of(key, i);
            var config = new SlurmConfig { Partition = value };
            var errors = new ConfigurationErrors();
            config.Validate("submission.slurm", errors);
            if (errors.Errors.Count > 0)
            {
                Assert.That(errors.Errors[0], Does.StartWith("'submission.slurm.partition' is '").And.Contain(" but must be 1 to 128 letters, digits or "));
                continue;
            }

            var arguments = Plan(folder, config).ArgumentsOf(SlurmPlan.Train, after: null);
            accepted++;
            Assert.That(arguments, Does.Contain($"--partition={value}"));
            Assert.That(arguments.All(argument => argument.All(letter => char.IsAsciiLetterOrDigit(letter) || "._:,=/@+-".Contains(letter, StringComparison.Ordinal))), Is.True);
        }

        Assert.That(accepted, Is.InRange(1_000, 50_000), "both happen");
    }

    [TestCase("/runs of mine", Description = "a space")]
    [TestCase("/runs/$(id)")]
    [TestCase("/runs/%j", Description = "Slurm would put the job's id in")]
    public void Paths_that_could_mean_something_else_are_refused(string runs)
    {
        using var folder = new TempFolder();
        var order = Orders.Of(folder, "slurm") with { WorkingFolder = runs };

        Assert.That(
            () => new SlurmPlan(order, Operation, folder["job"]).ArgumentsOf(SlurmPlan.Train, after: null),
            Throws.TypeOf<SubmissionException>().With.Message.StartsWith($"The path '{runs}' cannot be named to the scheduler"));
    }

    [Test]
    [UnsupportedOSPlatform("windows")]
    public void What_the_process_must_know_goes_through_a_file_that_only_its_user_reads()
    {
        using var folder = new TempFolder();
        Directory.CreateDirectory(folder["job"]);
        var environment = new Dictionary<string, string> { ["SECRET"] = "$(canary)\n" };

        var plan = Plan(folder, new SlurmConfig { RanksPerNode = 2, Nodes = 3, Environment = environment, MaxRestarts = 5 });
        plan.ParametersOf(SlurmPlan.Train).Write();

        var path = JobParameters.PathOf(folder["job"], SlurmPlan.Train);
        var read = JobParameters.Read(path);
        Assert.That(File.GetUnixFileMode(path), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite));
        Assert.That(read.Environment, Is.EqualTo(environment));
        Assert.That((read.Tasks, read.MaxRestarts), Is.EqualTo((6, 5)));
        Assert.That(read.Arguments, Is.EqualTo(new[] { "run", folder["runs", "tiny", "config.yaml"], "--runs", folder["runs"] }));
        Assert.That(plan.ArgumentsOf(SlurmPlan.Train, after: null), Has.None.Contains("canary"), "no secret on a command line");
    }

    [Test]
    public void The_preparation_of_a_run_with_a_mixture_finds_the_mixture()
    {
        using var folder = new TempFolder();
        var order = Orders.Of(folder, "slurm") with { PreparationCommand = "mix" };

        var parameters = new SlurmPlan(order, Operation, folder["job"]).ParametersOf(SlurmPlan.Prepare);

        Assert.That(parameters.Arguments[0], Is.EqualTo("mix"));
        Assert.That(parameters.Tasks, Is.EqualTo(1));
    }

    [TestCase(60, "0-00:01:00")]
    [TestCase(90_061, "1-01:01:01")]
    [TestCase(31_536_000, "365-00:00:00")]
    public void A_limit_is_written_as_sbatch_reads_it(int seconds, string text)
    {
        Assert.That(SlurmPlan.TimeText(TimeSpan.FromSeconds(seconds)), Is.EqualTo(text));
    }

    [Test]
    public void Every_fault_of_the_section_is_reported()
    {
        var errors = new ConfigurationErrors();
        var faulty = new SlurmConfig
        {
            Partition = "-p",
            Account = "a b",
            MemoryPerNode = "16G;",
            Time = TimeSpan.FromSeconds(59),
            Nodes = 0,
            RanksPerNode = 0,
            CpusPerRank = 0,
            GpusPerNode = -1,
            PreparationCpus = 0,
            SaveBefore = TimeSpan.FromSeconds(60),
            MaxRestarts = -1,
            Environment = new Dictionary<string, string> { ["1"] = "x" },
        };

        faulty.Validate("slurm", errors);

        Assert.That(errors.Errors, Has.Count.EqualTo(12), string.Create(CultureInfo.InvariantCulture, $"{string.Join('\n', errors.Errors)}"));
    }

    private static SlurmPlan Plan(TempFolder folder, SlurmConfig config)
    {
        return new SlurmPlan(Orders.Of(folder, "slurm", new SubmissionConfig { Slurm = config }), Operation, folder["job"]);
    }
}
