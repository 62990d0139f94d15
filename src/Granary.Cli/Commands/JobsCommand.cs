using System.CommandLine;
using System.Globalization;
using Granary.Cli.Jobs;
using Granary.Cluster.Submission;
using Spectre.Console;

namespace Granary.Cli.Commands;

/// <summary>`granary jobs`: the runs that were submitted, and where they stand.</summary>
internal static class JobsCommand
{
    internal static Command Build(TimeProvider time)
    {
        var command = new Command("jobs", "Lists the runs that were submitted, and asks where they run how they stand.");
        var runs = RunsOption();
        var json = new Option<bool>("--json") { Description = "One JSON object a job and line." };
        command.Options.Add(runs);
        command.Options.Add(json);
        command.SetAction(arguments => Guard.Run(() =>
        {
            using var interruption = new Interruption(isQuiet: true);
            var desk = Submissions.Desk(time);
            var jobs = desk.Jobs(Path.GetFullPath(arguments.GetRequiredValue(runs)))
                .Select(job => (Job: job, Reports: desk.LookAsync(job, interruption.Token).GetAwaiter().GetResult()))
                .ToList();
            if (arguments.GetValue(json))
            {
                jobs.ForEach(row => Console.Out.WriteLine(Submissions.Json(row.Job, row.Reports).ToJsonString()));
            }
            else
            {
                Print(jobs);
            }

            return ExitCodes.Done;
        }));
        return command;
    }

    /// <summary>The option that the commands around submitted jobs share.</summary>
    internal static Option<string> RunsOption()
    {
        return new Option<string>("--runs") { Description = "The folder that holds the runs' folders.", DefaultValueFactory = _ => RunOptions.DefaultRuns };
    }

    private static void Print(List<(SubmittedJob Job, IReadOnlyList<PartReport> Reports)> jobs)
    {
        if (jobs.Count == 0)
        {
            Console.Out.WriteLine("no run was submitted from here; `granary submit CONFIG --to local` does");
            return;
        }

        var table = new Table().Border(TableBorder.Simple);
        table.AddColumns("run", "where", "part", "id", "state", "said there");
        table.AddColumn(new TableColumn("submitted").NoWrap());
        foreach (var (job, reports) in jobs)
        {
            foreach (var (i, part) in job.Parts.Index())
            {
                table.AddRow(
                    Markup.Escape(i == 0 ? job.Name : string.Empty),
                    Markup.Escape(i == 0 ? job.To : string.Empty),
                    Markup.Escape(part.Name),
                    Markup.Escape(part.Id ?? "?"),
                    Submissions.Word(reports[i].State),
                    Markup.Escape(reports[i].Detail),
                    i == 0 ? job.Submitted.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture) : string.Empty);
            }
        }

        AnsiConsole.Write(table);
    }
}
