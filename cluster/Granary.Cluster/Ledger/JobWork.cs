using System.Globalization;
using System.Text.RegularExpressions;
using Granary.Core.Runs;

namespace Granary.Cluster.Ledger;

/// <summary>
/// What a job may have workers run beside its own process: three calls of `granary`, of fixed form, on files below the folder that
/// all nodes see. Whoever builds one builds it here, and the coordinator takes in nothing else.
/// </summary>
public static partial class JobWork
{
    private const string ConfigurationName = "config.yaml";
    private const int MostPathCharacters = 1_024;

    // The form of each call, as it is told to who sends another.
    private const string Forms =
        "'decompose tokens --run RUN --split N --output {output}' with the output 'RUN/stages/tokens/N.tokens', 'mix trial FOLDER/spec.json', or, for ranks, 'train RUNS/NAME/config.yaml --runs RUNS' with the variable 'GRANARY_GENERATION'";

    /// <summary>Tokenizes one split of a run's corpus.</summary>
    public static ShardWork Tokens(string run, int split)
    {
        var number = split.ToString(CultureInfo.InvariantCulture);
        return new ShardWork { Arguments = ["decompose", "tokens", "--run", run, "--split", number, "--output", ShardWork.OutputPlaceholder], Output = TokensOf(run, number) };
    }

    /// <summary>The arguments of a call that trains one proxy of a search.</summary>
    public static IReadOnlyList<string> Trial(string spec) => ["mix", "trial", spec];

    /// <summary>The arguments of a call that is a rank of a run's training.</summary>
    public static IReadOnlyList<string> Rank(string run) => ["train", Path.Combine(run, ConfigurationName), "--runs", Path.GetDirectoryName(run)!];

    /// <summary>What keeps workers from running a shard's work, as a sentence; null where nothing does.</summary>
    /// <param name="work">The work.</param>
    /// <param name="isRank">Whether it is a rank of a generation.</param>
    /// <param name="job">The job that hands it out.</param>
    /// <param name="folder">The folder that all nodes see.</param>
    public static string? FaultOf(ShardWork work, bool isRank, string job, string folder)
    {
        ArgumentNullException.ThrowIfNull(work);
        if (!(isRank ? IsRank(work) : IsTokens(work) || IsTrial(work)))
        {
            return $"No worker runs 'granary {Shown(work)}' for a job. What a job hands out is {Forms}; no other arguments, outputs or variables.";
        }

        var path = work.Arguments[isRank ? 1 : work.Arguments.Count == 3 ? 2 : 3];
        return IsOfJob(path, job, Path.GetFullPath(folder))
            ? null
            : $"Work of job '{job}' names '{Cut(path)}', which must be a full path below '{folder}', the folder that all nodes see, without '.' and '..', and not below another job's folder. Keep the run's folder there (--runs).";
    }

    private static bool IsTokens(ShardWork work)
    {
        return work.Arguments is ["decompose", "tokens", "--run", { } run, "--split", { } split, "--output", ShardWork.OutputPlaceholder]
            && Number().IsMatch(split)
            && work.Output == TokensOf(run, split)
            && work.Environment.Count == 0;
    }

    private static bool IsTrial(ShardWork work)
    {
        return work.Arguments is ["mix", "trial", { } spec] && Path.GetFileName(spec) == "spec.json" && work.Output is null && work.Environment.Count == 0;
    }

    private static bool IsRank(ShardWork work)
    {
        return work.Arguments is ["train", { } configuration, "--runs", { } runs]
            && Path.GetFileName(configuration) == ConfigurationName
            && Path.GetDirectoryName(Path.GetDirectoryName(configuration)) == runs
            && work.Output is null
            && work.Environment.Count == 1
            && work.Environment.TryGetValue(RunGeneration.Variable, out var generation)
            && Number().IsMatch(generation);
    }

    // A plain path is the one that its parts say: nothing in it leads elsewhere, and nothing in it is replaced later.
    private static bool IsOfJob(string path, string job, string folder)
    {
        if (path.Length > MostPathCharacters || path.Any(letter => char.IsControl(letter) || letter is '{' or '}') || !Path.IsPathFullyQualified(path) || Path.GetFullPath(path) != path)
        {
            return false;
        }

        var root = Path.TrimEndingDirectorySeparator(folder) + Path.DirectorySeparatorChar;
        var jobs = $"{root}jobs{Path.DirectorySeparatorChar}";
        return path.StartsWith(jobs, StringComparison.Ordinal)
            ? path.StartsWith($"{jobs}{job}{Path.DirectorySeparatorChar}", StringComparison.Ordinal)
            : path.StartsWith(root, StringComparison.Ordinal);
    }

    private static string TokensOf(string run, string split) => Path.Combine(run, "stages", "tokens", $"{split}.tokens");

    private static string Shown(ShardWork work) => Cut(string.Join(' ', work.Arguments));

    private static string Cut(string text)
    {
        var plain = string.Concat(text.Take(120).Select(letter => char.IsControl(letter) ? ' ' : letter));
        return text.Length > 120 ? $"{plain}…" : plain;
    }

    [GeneratedRegex(@"\A(0|[1-9][0-9]{0,8})\z", RegexOptions.NonBacktracking)]
    private static partial Regex Number();
}
