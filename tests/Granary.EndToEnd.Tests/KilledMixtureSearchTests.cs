using Granary.Core.Files;
using Granary.Core.Randomness;
using Granary.Testing;

namespace Granary.EndToEnd.Tests;

[Category("Slow")]
public sealed class KilledMixtureSearchTests
{
    private const int Kills = 20;
    private static readonly string[] Search = ["mix", "simulate", "--methods", "robust", "--evaluations", "28", "--symbols", "20000", "--folder"];

    [Test]
    public void A_search_killed_at_random_moments_ends_with_the_same_proposals_and_choice()
    {
        using var folder = new TempFolder();
        var alone = GranaryProcess.Run(folder.Path, [.. Search, "alone"]);
        Assert.That(alone.ExitCode, Is.Zero, alone.ToString());

        // A process is killed at a random moment behind its first round. How long it may live follows from those before it:
        // longer when nothing was finished, shorter when everything was.
        var key = RandomKey.FromSeed(9);
        var longest = 1_000.0; // milliseconds
        var (killed, finished, life) = (0, 0, 0);
        while (killed < Kills)
        {
            var before = Results(folder["killed"]);
            using var process = GranaryProcess.Start(folder.Path, [.. Search, "killed"]);
            if (!process.EndsWithin(TimeSpan.FromMilliseconds(300 + (longest * key.DoubleAt(life++)))))
            {
                process.Kill();
            }

            var ended = process.WaitForEnd();
            Assert.That(ended.ExitCode, Is.EqualTo(GranaryResult.Killed).Or.Zero, ended.ToString());
            if (ended.ExitCode == GranaryResult.Killed)
            {
                killed++;
                longest *= Results(folder["killed"]) > before ? 1 : 1.3;
                continue;
            }

            AssertSame(folder);
            Directory.Delete(folder["killed"], recursive: true);
            longest *= 0.7;
            finished++;
        }

        var last = GranaryProcess.Run(folder.Path, [.. Search, "killed"]);

        Assert.That(last.ExitCode, Is.Zero, last.ToString());
        Assert.That(last.Output, Is.EqualTo(alone.Output));
        AssertSame(folder);
        TestContext.Out.WriteLine($"{killed} killed, {finished} faster than their end; the longest life was {longest:F0} ms");
    }

    private static int Results(string folder)
    {
        return Directory.Exists(folder) ? Directory.GetFiles(folder, "result.json", SearchOption.AllDirectories).Length : 0;
    }

    private static void AssertSame(TempFolder folder)
    {
        Assert.That(Files(folder["killed"]), Is.EqualTo(Files(folder["alone"])));
    }

    private static SortedDictionary<string, string> Files(string folder)
    {
        var files = Directory.GetFiles(folder, "*", SearchOption.AllDirectories).Where(file => !file.Contains(AtomicFile.TemporaryMark, StringComparison.Ordinal));
        return new SortedDictionary<string, string>(files.ToDictionary(file => Path.GetRelativePath(folder, file), File.ReadAllText));
    }
}
