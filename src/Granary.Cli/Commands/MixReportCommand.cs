using System.CommandLine;
using Granary.Pipelines.Climb.Report;

namespace Granary.Cli.Commands;

/// <summary>`granary mix report`: a search as a page, whole or as far as it has come.</summary>
internal static class MixReportCommand
{
    private static readonly Argument<string> Folder = new("folder") { Description = "The folder of a search, such as runs/NAME/stages/mix." };

    internal static Command Build()
    {
        var command = new Command("report", "Writes the report of a mixture search into its folder, as report.html.") { Folder };
        command.SetAction(arguments => Guard.Run(() =>
        {
            Console.Out.WriteLine(ReportFolder.WriteAgain(arguments.GetRequiredValue(Folder)));
            return ExitCodes.Done;
        }));
        return command;
    }
}
