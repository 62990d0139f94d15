using System.Globalization;
using System.Text;
using Granary.Core.Files;
using Granary.Pipelines.Climb.Mixtures;

namespace Granary.Pipelines.Climb.Search;

/// <summary>
/// The state of a search in files, each written once, whole, under its final name: search.json, rounds/rN/fits.json and
/// then proposals.jsonl, trials/ID/result.json, failure-N.json for attempts that failed, choice.json. A
/// process that is killed between any two of them leaves a state that the next one goes on from.
/// </summary>
public sealed class SearchFolder : ISearchState
{
    /// <summary>The file that makes a folder a search's: settings and components.</summary>
    public const string HeadName = "search.json";

    private const string ChoiceName = "choice.json";

    private readonly Action<string, string> _write;

    private SearchFolder(string path, MixtureSpace space, Action<string, string> write)
    {
        Path = System.IO.Path.GetFullPath(path);
        Space = space;
        _write = write;
    }

    /// <summary>The folder's full path.</summary>
    public string Path { get; }

    /// <summary>What is mixed.</summary>
    public MixtureSpace Space { get; }

    /// <summary>Creates the folder, or takes up the search that is in it.</summary>
    /// <param name="path">The folder.</param>
    /// <param name="space">What is mixed.</param>
    /// <param name="settings">Everything that decides a trial's result beside the trial, as text.</param>
    /// <exception cref="MixtureSearchException">The folder holds a search with other settings or components.</exception>
    public static SearchFolder Open(string path, MixtureSpace space, string settings)
    {
        return Open(path, space, settings, AtomicFile.WriteText);
    }

    /// <summary>The search in a folder, for readers; nothing is written.</summary>
    /// <exception cref="Core.CorpusException">A file in it is damaged.</exception>
    /// <exception cref="MixtureSearchException">There is no search in it.</exception>
    public static SearchFolder Read(string path)
    {
        var head = System.IO.Path.Combine(path, HeadName);
        if (!File.Exists(head))
        {
            throw new MixtureSearchException($"Folder '{path}' holds no mixture search: it has no {HeadName}. Name the folder that a search was run in.");
        }

        var present = SearchJson.ReadFile<SearchHead>(head);
        return new SearchFolder(path, new MixtureSpace(present.Components, present.MaxWeights), AtomicFile.WriteText);
    }

    /// <summary>Opens with another way to write a file, such as one that dies half way.</summary>
    internal static SearchFolder Open(string path, MixtureSpace space, string settings, Action<string, string> write)
    {
        ArgumentNullException.ThrowIfNull(space);
        var folder = new SearchFolder(path, space, write);
        Directory.CreateDirectory(folder.Path);
        var head = SearchJson.Page(new SearchHead { Settings = settings, Components = space.Components, MaxWeights = space.MaxWeights });
        var file = System.IO.Path.Combine(folder.Path, HeadName);
        if (!File.Exists(file))
        {
            folder.Write(file, head);
        }
        else if (File.ReadAllText(file) != head)
        {
            throw new MixtureSearchException($"Folder '{path}' holds a search with other settings or components (see its {HeadName}). Choose another folder, or remove this one to begin again.");
        }

        return folder;
    }

    /// <summary>The folder of a trial; whoever runs it may keep files of its own there.</summary>
    public string TrialPath(string id)
    {
        return System.IO.Path.Combine(Path, "trials", id);
    }

    /// <summary>The rounds so far, as they were proposed.</summary>
    public IReadOnlyList<Proposal> ReadRounds()
    {
        return [.. Enumerable.Range(1, int.MaxValue - 1).Select(ReadRound).TakeWhile(round => round is not null).OfType<Proposal>()];
    }

    /// <summary>The trials that have a result, by round and index.</summary>
    public IReadOnlyList<FinishedTrial> ReadTrials()
    {
        return [.. ReadRounds().SelectMany(round => round.Trials).Select(trial => (trial, result: ReadResult(trial))).Where(pair => pair.result is not null).Select(pair => new FinishedTrial(pair.trial, pair.result!))];
    }

    /// <summary>What the search chose; null while it goes on.</summary>
    public MixtureChoice? ReadChoice()
    {
        var file = System.IO.Path.Combine(Path, ChoiceName);
        return File.Exists(file) ? SearchJson.ReadFile<MixtureChoice>(file) : null;
    }

    /// <inheritdoc/>
    public Proposal? ReadRound(int round)
    {
        var file = System.IO.Path.Combine(RoundPath(round), "proposals.jsonl");
        if (!File.Exists(file))
        {
            return null;
        }

        var fits = System.IO.Path.Combine(RoundPath(round), "fits.json");
        var specs = File.ReadLines(file).Select(line => SearchJson.Read<TrialSpec>(line, file)).ToList();
        return new Proposal([.. specs.Select(spec => spec.In(Space))], SearchJson.ReadFile<IReadOnlyList<PredictorFit>>(fits))
        {
            Predicted = [.. specs.Select(spec => spec.Predicted)],
        };
    }

    /// <inheritdoc/>
    public void KeepRound(int round, Proposal proposal)
    {
        ArgumentNullException.ThrowIfNull(proposal);
        var specs = proposal.Trials.Select((trial, i) => TrialSpec.Of(trial, Space, i < proposal.Predicted.Count ? proposal.Predicted[i] : double.NaN));
        var lines = new StringBuilder();
        foreach (var spec in specs)
        {
            lines.Append(SearchJson.Line(spec)).Append('\n');
        }

        // The proposals last: a round that has them is whole.
        Write(System.IO.Path.Combine(RoundPath(round), "fits.json"), SearchJson.Page(proposal.Fits));
        Write(System.IO.Path.Combine(RoundPath(round), "proposals.jsonl"), lines.ToString());
    }

    /// <inheritdoc/>
    public TrialResult? ReadResult(Trial trial)
    {
        ArgumentNullException.ThrowIfNull(trial);
        var file = ResultPath(trial.Id);
        return File.Exists(file) ? SearchJson.ReadFile<TrialResult>(file) : null;
    }

    /// <inheritdoc/>
    public void KeepResult(TrialResult result)
    {
        ArgumentNullException.ThrowIfNull(result);
        Write(ResultPath(result.Id), SearchJson.Page(result));
    }

    /// <inheritdoc/>
    public int CountFailures(Trial trial)
    {
        ArgumentNullException.ThrowIfNull(trial);
        return Enumerable.Range(1, int.MaxValue - 1).TakeWhile(attempt => File.Exists(FailurePath(trial.Id, attempt))).Count();
    }

    /// <summary>What came of the attempts at a trial that failed and were made again.</summary>
    public IReadOnlyList<TrialResult> ReadFailures(Trial trial)
    {
        return [.. Enumerable.Range(1, CountFailures(trial)).Select(attempt => FailurePath(trial.Id, attempt)).Select(SearchJson.ReadFile<TrialResult>)];
    }

    /// <inheritdoc/>
    public void KeepFailure(TrialResult failed, int attempt)
    {
        ArgumentNullException.ThrowIfNull(failed);
        Write(FailurePath(failed.Id, attempt), SearchJson.Page(failed));
    }

    /// <inheritdoc/>
    public void KeepChoice(MixtureChoice choice)
    {
        Write(System.IO.Path.Combine(Path, ChoiceName), SearchJson.Page(choice));
    }

    private string RoundPath(int round)
    {
        return System.IO.Path.Combine(Path, "rounds", string.Create(CultureInfo.InvariantCulture, $"r{round}"));
    }

    private string ResultPath(string id)
    {
        return System.IO.Path.Combine(TrialPath(id), "result.json");
    }

    private string FailurePath(string id, int attempt)
    {
        return System.IO.Path.Combine(TrialPath(id), string.Create(CultureInfo.InvariantCulture, $"failure-{attempt}.json"));
    }

    private void Write(string file, string text)
    {
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(file)!);
        _write(file, text);
    }
}
