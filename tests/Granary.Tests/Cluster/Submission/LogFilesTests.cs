using Granary.Testing;

namespace Granary.Cluster.Submission.Tests;

public sealed class LogFilesTests
{
    [Test]
    public async Task Files_are_read_in_the_order_in_which_they_are_named()
    {
        using var folder = new TempFolder();
        File.WriteAllText(folder["a"], "1\n2\n");
        File.WriteAllText(folder["b"], "3\n\n4");

        var lines = await new LogFiles(() => [folder["a"], folder["b"]], new ManualClock()).ReadAsync(isOver: null, CancellationToken.None).ToListAsync();

        Assert.That(lines, Is.EqualTo(new[] { "1", "2", "3", "", "4" }));
    }

    [Test]
    public async Task Who_follows_gets_what_is_written_until_the_end_and_whole_lines_only()
    {
        using var folder = new TempFolder();
        var clock = new ManualClock();
        var looks = 0;
        string[] growth = ["one\ntw", "o\nthree\n", "four"];
        File.WriteAllText(folder["log"], string.Empty);

        // Each look at whether it is over is a moment later, in which more is written.
        Task<bool> IsOver(CancellationToken cancellationToken)
        {
            File.AppendAllText(folder["log"], growth[looks]);
            return Task.FromResult(++looks == growth.Length);
        }

        var reading = new LogFiles(() => [folder["log"]], clock).ReadAsync(IsOver, CancellationToken.None).ToListAsync().AsTask();
        for (var look = 1; look < growth.Length; look++)
        {
            await clock.WhenTimerAsync(TimeSpan.FromSeconds(1));
            clock.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.That(await reading, Is.EqualTo(new[] { "one", "two", "three", "four" }));
    }
}
