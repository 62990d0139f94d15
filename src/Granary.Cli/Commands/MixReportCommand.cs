using System.CommandLine;
using Granary.Cli.Mixtures;
using Granary.Pipelines.Climb.Report;
using Granary.Pipelines.Climb.Search;

namespace Granary.Cli.Commands;

/// <summary>`granary mix report`: a search as a page, whole or as far as it has come.</summary>
internal static class MixReportCommand
{
    private static readonly Argument<string> Folder = new("folder") { Description = "The run's folder, or that of a search, such as runs/NAME/stages/mix." };

    internal static Command Build()
    {
        var command = new Command("report", "Writes the report of a mixture search into its folder, as report.html.") { Folder };
        command.SetAction(arguments => Guard.Run(() =>
        {
            var search = StageFile.Find(arguments.GetRequiredValue(Folder), MixStage.Name, SearchFolder.HeadName);
            Console.Out.WriteLine(ReportFolder.WriteAgain(Path.GetDirectoryName(search) is { Length: > 0 } folder ? folder : "."));
            return ExitCodes.Done;
        }));
        return command;
    }
}
