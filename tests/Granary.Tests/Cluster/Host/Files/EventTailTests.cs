using Granary.Testing;

namespace Granary.Cluster.Host.Files.Tests;

public sealed class EventTailTests
{
    private TempFolder _folder = null!;

    [SetUp]
    public void Make_a_folder()
    {
        _folder = new TempFolder();
    }

    [TearDown]
    public void Remove()
    {
        _folder.Dispose();
    }

    [Test]
    public async Task Lines_come_as_they_are_written_each_once_and_only_whole()
    {
        var path = _folder["events.jsonl"];
        string[] writes = ["one\ntw", "o\nthree\n", "", "four"];

        var lines = await FollowAsync(after: 0, writes.Select(text => (Action)(() => File.AppendAllText(path, text))));

        Assert.That(lines, Is.EqualTo(new[] { (1L, "one"), (2L, "two"), (3L, "three") }));
    }

    [Test]
    public async Task Who_has_seen_lines_gets_those_behind_them()
    {
        File.WriteAllText(_folder["events.jsonl"], "one\ntwo\nthree\n");

        var lines = await FollowAsync(after: 2, []);

        Assert.That(lines, Is.EqualTo(new[] { (3L, "three") }));
    }

    [Test]
    public async Task A_file_that_went_back_comes_again_from_its_beginning()
    {
        var path = _folder["events.jsonl"];
        Action[] writes =
        [
            () => File.WriteAllText(path, "one\ntwo\nthree\n"),
            () => File.WriteAllText(path, "one\ntwo\n"),
            () => File.AppendAllText(path, "other\n"),
        ];

        var lines = await FollowAsync(after: 0, writes);

        Assert.That(lines, Is.EqualTo(new[] { (1L, "one"), (2L, "two"), (3L, "three"), (0L, ""), (1L, "one"), (2L, "two"), (3L, "other") }));
    }

    [Test]
    public async Task A_file_that_was_replaced_and_has_grown_again_comes_again_too()
    {
        var path = _folder["events.jsonl"];
        Action[] writes =
        [
            () => File.WriteAllText(path, "one\ntwo\n"),
            () => File.WriteAllText(path, "one\nelse\nthree\n"),
        ];

        var lines = await FollowAsync(after: 0, writes);

        Assert.That(lines.Skip(2), Is.EqualTo(new[] { (0L, ""), (1L, "one"), (2L, "else"), (3L, "three") }));
    }

    [Test]
    public async Task A_long_file_is_read_without_waiting_in_between()
    {
        var text = string.Concat(Enumerable.Range(1, 40_000).Select(number => $"{number:D99}\n")); // 4 MB, four times what is read at once
        File.WriteAllText(_folder["events.jsonl"], text);

        var lines = await FollowAsync(after: 0, []);

        Assert.That(lines.Select(line => line.Number), Is.EqualTo(Enumerable.Range(1, 40_000)));
    }

    // Each wait for more makes the next write; the one after the last ends it.
    private async Task<List<(long Number, string Line)>> FollowAsync(long after, IEnumerable<Action> writes)
    {
        using var end = new CancellationTokenSource();
        var rest = new Queue<Action>(writes);
        var tail = new EventTail(() => File.Exists(_folder["events.jsonl"]) ? _folder["events.jsonl"] : null, cancellationToken =>
        {
            if (rest.TryDequeue(out var write))
            {
                write();
                return Task.CompletedTask;
            }

            end.Cancel();
            return Task.FromCanceled(cancellationToken);
        });
        var lines = new List<(long, string)>();
        try
        {
            await foreach (var line in tail.FollowAsync(after, end.Token))
            {
                lines.Add(line);
            }
        }
        catch (OperationCanceledException)
        {
            // The last write was read.
        }

        return lines;
    }
}
