using System.CommandLine;
using Granary.Cli.Jobs;
using Granary.Cli.Ranks;
using Granary.Cluster.Submission;
using Granary.Core.Configuration;
using Granary.Core.Runs;

namespace Granary.Cli.Commands;

/// <summary>`granary submit CONFIG --to WHERE`: hands a run over to whoever is to run it.</summary>
internal static class SubmitCommand
{
    internal static Command Build(TimeProvider time)
    {
        var command = new Command("submit", "Hands a run over to this machine's background, Slurm, Kubernetes or a coordinator. See docs/submission.md.");
        var options = new RunOptions().AddTo(command);
        var to = new Option<string>("--to") { Description = "local, slurm, kubernetes, or a coordinator's address as https://host:port.", Required = true };
        var key = new Option<string?>("--key") { Description = "For a coordinator: one key, one job. Default: a hash of the run's name and configuration." };
        var dryRun = new Option<bool>("--dry-run") { Description = "Shows what would be handed over, and does nothing." };
        command.Options.Add(to);
        command.Options.Add(key);
        command.Options.Add(dryRun);
        command.SetAction(arguments => Guard.Run(() =>
        {
            var desk = Submissions.Desk(time);
            var (config, order) = Order(options.ConfigWithSubmission(arguments), arguments.GetRequiredValue(options.Runs), arguments.GetRequiredValue(to), arguments.GetValue(key));
            if (arguments.GetValue(dryRun))
            {
                Console.Out.Write(desk.Describe(order));
                return ExitCodes.Done;
            }

            using var interruption = new Interruption(isQuiet: true);
            var job = desk.SubmitAsync(order, () => Claim(config, order), interruption.Token).GetAwaiter().GetResult();
            Say(job, options.IsJson(arguments), RunOptions.InFolder(arguments.GetRequiredValue(options.Runs)));
            return ExitCodes.Done;
        }));
        return command;
    }

    private static (RunConfig Config, SubmissionOrder Order) Order(RunConfig read, string runs, string to, string? key)
    {
        var config = read with { Submission = null };
        return (config, new SubmissionOrder
        {
            Name = config.Name,
            To = to,
            Runs = Path.GetFullPath(runs),
            WorkingFolder = Environment.CurrentDirectory,
            Configuration = ConfigurationFile.Write(config),
            PreparationCommand = config.Mix is null ? "decompose" : "mix",
            Program = RankStart.ThisProgram(),
            Settings = read.Submission ?? new SubmissionConfig(),
            Key = key,
        });
    }

    // Makes the run's folder with its configuration, or finds that another run or process has it.
    private static void Claim(RunConfig config, SubmissionOrder order)
    {
        RunFolder.Claim(order.RunFolder, ConfigurationFile.Write(config), ConfigurationFile.Resolve<RunConfig>).Dispose();
    }

    private static void Say(SubmittedJob job, bool isJson, string inFolder)
    {
        if (isJson)
        {
            Console.Out.WriteLine(Submissions.Json(job, reports: null).ToJsonString());
            return;
        }

        Console.Out.WriteLine($"{job.Name} is handed over to {job.To}: {string.Join(", ", job.Parts.Select(part => $"{part.Name} is {part.Id}"))}");
        Console.Out.WriteLine($"look after it: granary jobs{inFolder}");
        Console.Out.WriteLine($"               granary logs {job.Name}{inFolder} --follow");
        Console.Out.WriteLine($"               granary cancel {job.Name}{inFolder}");
    }
}
