using Granary.Core.Files;
using Granary.Pipelines.Climb.Search;

namespace Granary.Pipelines.Climb.Report;

/// <summary>The report of a search in the search's folder: report.html, and report.json with what the search's own files do not hold.</summary>
public static class ReportFolder
{
    /// <summary>The page's file.</summary>
    public const string PageName = "report.html";

    private const string HeadName = "report.json";

    /// <summary>Writes the report of the search in a folder as it stands, and keeps the head for those who write it again.</summary>
    /// <returns>The page's path.</returns>
    public static string Write(string folder, ReportHead head)
    {
        ArgumentNullException.ThrowIfNull(head);
        AtomicFile.WriteText(Path.Combine(folder, HeadName), SearchJson.Page<ReportHead>(head));
        return WriteAgain(folder);
    }

    /// <summary>Writes the report of the search in a folder as it stands, with the head that was kept there, or little of one.</summary>
    /// <returns>The page's path.</returns>
    /// <exception cref="MixtureSearchException">There is no search in it.</exception>
    /// <exception cref="Core.CorpusException">A file in it is damaged.</exception>
    public static string WriteAgain(string folder)
    {
        var page = Path.Combine(folder, PageName);
        AtomicFile.WriteText(page, SearchReport.Render(Read(folder)));
        return page;
    }

    /// <summary>All that the folder tells of its search.</summary>
    internal static SearchRecord Read(string path)
    {
        var folder = SearchFolder.Read(path);
        var kept = Path.Combine(path, HeadName);
        var head = File.Exists(kept)
            ? SearchJson.Read<ReportHead>(File.ReadAllText(kept), kept)
            : new ReportHead { Name = Path.GetFileName(folder.Path), Method = "not told in the folder" };
        var rounds = folder.ReadRounds();
        return new SearchRecord(head, folder.Space, folder.ReadTrials())
        {
            Choice = folder.ReadChoice(),
            Fits = rounds.Index().Where(round => round.Item.Fits.Count > 0).ToDictionary(round => round.Index + 1, round => round.Item.Fits),
            Predicted = rounds.SelectMany(round => round.Trials.Zip(round.Predicted)).Where(pair => double.IsFinite(pair.Second)).ToDictionary(pair => pair.First.Id, pair => pair.Second),
            Retries = [.. rounds.SelectMany(round => round.Trials).SelectMany(trial => folder.ReadFailures(trial).Select((failed, index) => new FailedAttempt(trial.Id, index + 1, failed.Failure ?? "it gave no score")))],
        };
    }
}
