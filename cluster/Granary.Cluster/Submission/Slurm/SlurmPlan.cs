using System.Globalization;

namespace Granary.Cluster.Submission.Slurm;

/// <summary>What a run becomes under Slurm: for each part the arguments of sbatch and the parameters of the process.</summary>
internal sealed class SlurmPlan
{
    /// <summary>All stages before training, on one node.</summary>
    public const string Prepare = "prepare";

    /// <summary>Training and what follows it, on all ranks.</summary>
    public const string Train = "train";

    private readonly SubmissionOrder _order;
    private readonly string _operation;
    private readonly string _folder;

    /// <summary>The plan of a run's submission, whose files lie in a folder.</summary>
    public SlurmPlan(SubmissionOrder order, string operation, string folder)
    {
        _order = order;
        _operation = operation;
        _folder = folder;
    }

    private SlurmConfig Config => _order.Settings.Slurm;

    /// <summary>The comment that makes a part findable.</summary>
    public static string CommentOf(string operation, string part) => $"granary:{operation}.{part}";

    /// <summary>What the process of a part must know.</summary>
    public JobParameters ParametersOf(string part)
    {
        var command = part == Train ? "run" : _order.PreparationCommand;
        return new JobParameters
        {
            To = SlurmSubmitter.Name,
            Run = _order.Name,
            Part = part,
            Program = _order.Program,
            Arguments = [.. command.Split(' '), _order.ConfigPath, "--runs", _order.Runs],
            Folder = _folder,
            Environment = Config.Environment,
            Tasks = part == Train ? Config.Nodes * Config.RanksPerNode : 1,
            CpusPerTask = part == Train ? Config.CpusPerRank : Config.PreparationCpus,
            MaxRestarts = Config.MaxRestarts,
        };
    }

    /// <summary>The arguments of sbatch for a part that begins once another, where there is one, has done its work.</summary>
    public IReadOnlyList<string> ArgumentsOf(string part, string? after)
    {
        List<string> options =
        [
            "--parsable",
            "--export=NONE",
            $"--job-name={_order.Name}",
            $"--comment={CommentOf(_operation, part)}",
            $"--chdir={Checked(_order.WorkingFolder)}",
            $"--output={Checked(JobParameters.LogPathOf(_folder, part))}",
            "--open-mode=append",
            "--requeue",
            $"--signal=B:USR1@{Number((long)Config.SaveBefore.TotalSeconds)}",
            $"--time={TimeText(Config.Time)}",
            .. PlacesOf(part),
        ];
        AddWhere(options, Config.Partition, "partition");
        AddWhere(options, Config.Account, "account");
        AddWhere(options, Config.MemoryPerNode, "mem");
        if (after is not null)
        {
            options.Add($"--dependency=afterok:{after}");
            options.Add("--kill-on-invalid-dep=yes");
        }

        // Behind the script nothing is read as an option.
        return [.. options, SlurmScript.PathOf(_folder), .. _order.Program.Select(Checked), "job", JobParameters.PathOf(_folder, part)];
    }

    /// <summary>A limit as sbatch reads it: days-hours:minutes:seconds.</summary>
    internal static string TimeText(TimeSpan time)
    {
        return time.ToString(@"d\-hh\:mm\:ss", CultureInfo.InvariantCulture);
    }

    private static void AddWhere(List<string> options, string? value, string name)
    {
        if (value is not null)
        {
            options.Add($"--{name}={value}");
        }
    }

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);

    private string Checked(string path) => AllowedText.CheckedPath(_order.Name, path);

    private IEnumerable<string> PlacesOf(string part)
    {
        if (part == Prepare)
        {
            return ["--nodes=1", "--ntasks=1", $"--cpus-per-task={Number(Config.PreparationCpus)}"];
        }

        string[] places =
        [
            $"--nodes={Number(Config.Nodes)}",
            $"--ntasks={Number(Config.Nodes * Config.RanksPerNode)}",
            $"--ntasks-per-node={Number(Config.RanksPerNode)}",
            $"--cpus-per-task={Number(Config.CpusPerRank)}",
        ];
        return Config.GpusPerNode > 0 ? [.. places, $"--gpus-per-node={Number(Config.GpusPerNode)}"] : places;
    }
}
