using Granary.Cluster.Submission.Tests;
using Granary.Core.Randomness;
using Granary.Core.Runs;

namespace Granary.Cluster.Ledger.Tests;

public sealed class JobWorkTests
{
    private const string Folder = "/shared";
    private const string Run = "/shared/jobs/a/runs/demo";

    private static readonly string[] TokensOf = ["decompose", "tokens", "--run", Run, "--split", "7", "--output", "{output}"];
    private static readonly string[] RankOf = ["train", $"{Run}/config.yaml", "--runs", "/shared/jobs/a/runs"];

    [Test]
    public void What_a_job_hands_out_is_allowed()
    {
        Assert.Multiple(() =>
        {
            Assert.That(FaultOf(JobWork.Tokens(Run, 0)), Is.Null);
            Assert.That(FaultOf(JobWork.Tokens("/shared/runs/by-hand", 12_345)), Is.Null, "a run that nobody handed in");
            Assert.That(FaultOf(new ShardWork { Arguments = JobWork.Trial($"{Run}/stages/mix/proxies/0f/spec.json") }), Is.Null);
            Assert.That(FaultOf(Rank(JobWork.Rank(Run)), isRank: true), Is.Null);
        });
    }

    [Test]
    public void It_is_built_word_for_word_as_it_is_read()
    {
        Assert.That(JobWork.Tokens(Run, 7).Arguments, Is.EqualTo(TokensOf));
        Assert.That(JobWork.Tokens(Run, 7).Output, Is.EqualTo($"{Run}/stages/tokens/7.tokens"));
        Assert.That(JobWork.Rank(Run), Is.EqualTo(RankOf));
    }

    [TestCase("", Description = "nothing")]
    [TestCase("worker --coordinator http://other --folder / --token-file /etc/shadow", Description = "another command")]
    [TestCase("run /shared/jobs/a/config.yaml --runs /shared/jobs/a/runs --json", Description = "a job's own process, which only the coordinator makes")]
    [TestCase("token add mine --role admin --folder /shared --output /shared/mine", Description = "a token of one's own")]
    [TestCase("mix trial", Description = "no file")]
    [TestCase("mix trial /shared/x/spec.json --set a=b", Description = "one option more")]
    [TestCase("mix trial /shared/x/other.json", Description = "another file")]
    [TestCase("mix trial spec.json", Description = "a path from nowhere")]
    [TestCase("mix trial /etc/spec.json", Description = "outside the folder")]
    [TestCase("mix trial /sharedx/spec.json", Description = "a folder that begins alike")]
    [TestCase("mix trial /shared/../etc/spec.json", Description = "a way out")]
    [TestCase("mix trial /shared/./x/spec.json", Description = "another spelling")]
    [TestCase("mix trial /shared//x/spec.json", Description = "another spelling")]
    [TestCase("mix trial /shared/jobs/b/runs/x/spec.json", Description = "another job's folder")]
    [TestCase("mix trial /shared/jobs/ab/runs/x/spec.json", Description = "a job that begins alike")]
    [TestCase("mix trial /shared/{output}/spec.json", Description = "a path that is replaced later")]
    [TestCase("train /shared/jobs/a/runs/demo/config.yaml --runs /shared/jobs/a/runs", Description = "a rank among the parts of a stage")]
    public void Anything_else_is_refused(string arguments)
    {
        Assert.That(FaultOf(new ShardWork { Arguments = arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries) }), Is.Not.Null);
    }

    [TestCase("train /shared/jobs/a/runs/demo/config.yaml --runs /tmp", Description = "runs elsewhere")]
    [TestCase("train /shared/jobs/a/runs/demo/other.yaml --runs /shared/jobs/a/runs", Description = "another file")]
    [TestCase("train /shared/jobs/b/runs/demo/config.yaml --runs /shared/jobs/b/runs", Description = "another job's run")]
    [TestCase("train /config.yaml --runs /", Description = "no run's folder")]
    [TestCase("train /shared/jobs/a/runs/demo/config.yaml --runs /shared/jobs/a/runs --ranks 9", Description = "one option more")]
    [TestCase("decompose tokens --run /shared/jobs/a/runs/demo --split 7 --output {output}", Description = "a part of a stage among ranks")]
    public void No_rank_is_anything_else(string arguments)
    {
        Assert.That(FaultOf(Rank(arguments.Split(' ')), isRank: true), Is.Not.Null);
    }

    [TestCase("/shared/jobs/a/runs/demo/stages/tokens/8.tokens", Description = "another split's")]
    [TestCase("/shared/tokens.json", Description = "the coordinator's tokens")]
    [TestCase(null, Description = "none")]
    public void A_split_is_written_to_its_own_place_only(string? output)
    {
        Assert.That(FaultOf(JobWork.Tokens(Run, 7) with { Output = output }), Is.Not.Null);
    }

    [TestCase("LD_PRELOAD", "/shared/evil.so")]
    [TestCase("DOTNET_STARTUP_HOOKS", "/shared/evil.dll")]
    [TestCase("PATH", "/shared")]
    [TestCase("GRANARY_GENERATION", "1")]
    public void Parts_of_a_stage_have_no_variables(string name, string value)
    {
        Assert.That(FaultOf(JobWork.Tokens(Run, 7) with { Environment = new Dictionary<string, string> { [name] = value } }), Is.Not.Null);
    }

    [TestCase("GRANARY_GENERATION", "x")]
    [TestCase("GRANARY_GENERATION", "1\n2")]
    [TestCase("LD_PRELOAD", "1")]
    public void A_rank_has_the_variable_of_its_generation_only(string name, string value)
    {
        Assert.That(FaultOf(Rank(RankOf) with { Environment = new Dictionary<string, string> { [name] = value } }, isRank: true), Is.Not.Null);
    }

    [Test]
    public void A_refusal_says_what_was_asked_and_what_is_allowed()
    {
        Assert.That(FaultOf(new ShardWork { Arguments = ["token", "add\u001b[31m"] }), Does.StartWith("No worker runs 'granary token add [31m' for a job.").And.Contain("decompose tokens --run RUN --split N --output {output}"));
        Assert.That(FaultOf(new ShardWork { Arguments = JobWork.Trial("/etc/spec.json") }), Does.Contain("'/etc/spec.json'").And.Contain("below '/shared'").And.Contain("--runs"));
    }

    /// <summary>Whatever random changes make of an allowed call: what is taken in is one of the three forms, rebuilt from its parts, on a path without a way out.</summary>
    [Test]
    public void A_hundred_thousand_random_changes_let_nothing_else_in()
    {
        var key = RandomKey.FromSeed(11);
        var taken = 0;
        for (var number = 0; number < 100_000; number++)
        {
            var isRank = number % 3 == 0;
            var work = Changed(isRank ? Rank(RankOf) : number % 3 == 1 ? JobWork.Tokens(Run, 7) : new ShardWork { Arguments = JobWork.Trial($"{Run}/spec.json") }, key.Fold(number));
            if (FaultOf(work, isRank) is null)
            {
                taken++;
                Assert.That(IsOneOfTheForms(work, isRank), Is.True, $"{string.Join(' ', work.Arguments)} > {work.Output}");
            }
        }

        Assert.That(taken, Is.InRange(100, 50_000), "some changes change nothing that counts, most do");
    }

    private static string? FaultOf(ShardWork work, bool isRank = false) => JobWork.FaultOf(work, isRank, "a", Folder);

    private static ShardWork Rank(IReadOnlyList<string> arguments)
    {
        return new ShardWork { Arguments = arguments, Environment = new Dictionary<string, string> { [RunGeneration.Variable] = "3" } };
    }

    // One word, the output or the variables become something else; every other change keeps to what paths are made of.
    private static ShardWork Changed(ShardWork work, RandomKey key)
    {
        var words = work.Arguments.ToList();
        var text = key.BelowAt(0, 2) == 0 ? HostileText.Of(key, 1) : PathText(key);
        switch (key.BelowAt(2, 6))
        {
            case 0:
                words[(int)key.BelowAt(3, (uint)words.Count)] = text;
                break;
            case 1:
                words.Insert((int)key.BelowAt(3, (uint)words.Count), text);
                break;
            case 2:
                words.RemoveAt((int)key.BelowAt(3, (uint)words.Count));
                break;
            case 3:
                var place = (int)key.BelowAt(3, (uint)words.Count);
                words[place] = words[place].Insert((int)key.BelowAt(4, (uint)words[place].Length + 1), text);
                break;
            case 4:
                return work with { Output = text };
            default:
                return work with { Environment = new Dictionary<string, string>(work.Environment) { [text] = text } };
        }

        // The places of a split and of runs follow, or nothing that is changed would ever be consistent.
        return words is ["decompose", "tokens", _, var run, _, var split, ..] ? work with { Arguments = words, Output = $"{run}/stages/tokens/{split}.tokens" }
            : words is ["train", var configuration, _, _] ? work with { Arguments = [words[0], configuration, words[2], Path.GetDirectoryName(Path.GetDirectoryName(configuration)) ?? words[3]] }
            : work with { Arguments = words };
    }

    private static string PathText(RandomKey key)
    {
        string[] pieces = ["/", "..", ".", "shared", "jobs", "a", "b", "runs", "demo", "config.yaml", "spec.json", "7", "0", "x"];
        return string.Concat(Enumerable.Range(0, 1 + (int)key.BelowAt(5, 4)).Select(place => pieces[(int)key.BelowAt(6 + place, (uint)pieces.Length)]));
    }

    // The rules written out once more, over the parts of the path.
    private static bool IsOneOfTheForms(ShardWork work, bool isRank)
    {
        var words = work.Arguments;
        var path = isRank ? words[1] : words[0] == "mix" ? words[2] : words[3];
        var parts = path.Split('/');
        var isPlain = parts is ["", "shared", _, ..] && parts.Skip(1).All(part => part.Length > 0 && part is not ("." or "..")) && !path.Contains('{', StringComparison.Ordinal);
        var isOwn = parts is not ["", "shared", "jobs", var owner, ..] || owner == "a";
        var rebuilt = isRank ? JobWork.Rank(string.Join('/', parts.SkipLast(1))) : words[0] == "mix" ? ["mix", "trial", path] : JobWork.Tokens(path, int.Parse(words[5], System.Globalization.CultureInfo.InvariantCulture)).Arguments;
        var output = words[0] == "decompose" ? $"{path}/stages/tokens/{words[5]}.tokens" : null;
        var hasVariables = isRank ? work.Environment.Keys.Single() == RunGeneration.Variable : work.Environment.Count == 0;
        return isPlain && isOwn && hasVariables && rebuilt.SequenceEqual(words) && work.Output == output;
    }
}
