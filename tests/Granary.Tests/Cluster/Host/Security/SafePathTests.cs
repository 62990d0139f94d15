using Granary.Testing;

namespace Granary.Cluster.Host.Security.Tests;

public sealed class SafePathTests
{
    private static readonly string[] Ups = ["..", "%2e%2e", "%252e%252e", ".%2e", "%2e.", "%c0%ae%c0%ae", "..;", "....", "\u2024\u2024", "\uff0e\uff0e", ".. ", "..\0", "..\u200b"];
    private static readonly string[] Slashes = ["/", "\\", "%2f", "%5c", "%252f", "%255c", "//", "\\\\", "/./", "%c0%af", "\u2215", "\uff0f"];
    private static readonly string[] Starts = ["", "jobs/", "/", "\\", "//?/", "\\\\?\\", "file://", "C:", "~/", "./"];
    private static readonly string[] Ends = ["secret", "secret\0.jsonl", "etc/passwd", "secret%00"];

    private TempFolder _folder = null!;

    [SetUp]
    public void Make_a_folder_beside_a_secret()
    {
        _folder = new TempFolder();
        Directory.CreateDirectory(_folder["root", "jobs", "a"]);
        File.WriteAllText(_folder["secret"], "secret");
        File.WriteAllText(_folder["root", "secret"], "not asked for"); // what a payload that loses its dots would find
        File.WriteAllText(_folder["root", "jobs", "a", "events.jsonl"], "{}");
    }

    [TearDown]
    public void Remove()
    {
        _folder.Dispose();
    }

    [Test]
    public void No_traversal_leads_out()
    {
        var payloads =
            (from start in Starts
             from up in Ups
             from slash in Slashes
             from end in Ends
             select $"{start}{up}{slash}{end}").ToList();

        var found = payloads.Where(payload => SafePath.Resolve(_folder["root"], payload) is not null);

        Assert.That(payloads, Has.Count.GreaterThan(500));
        Assert.That(found, Is.Empty);
    }

    [TestCase("jobs/a", Description = "a folder")]
    [TestCase("", Description = "nothing")]
    [TestCase("jobs//events.jsonl", Description = "a name of no letters")]
    [TestCase("jobs/a/", Description = "a slash at the end")]
    [TestCase("jobs/a/events.jsonl.", Description = "a dot at the end, which Windows drops")]
    [TestCase("jobs/a/.lock", Description = "a hidden file")]
    [TestCase("jobs/a/-rf", Description = "what a command would take for an option")]
    [TestCase("jobs/a/events.jsonl:stream", Description = "a stream of a file")]
    [TestCase("jobs/a/missing", Description = "no file")]
    public void What_names_no_file_gives_none(string path)
    {
        Assert.That(SafePath.Resolve(_folder["root"], path), Is.Null);
    }

    [Test]
    public void A_file_below_the_folder_is_found()
    {
        Assert.That(SafePath.Resolve(_folder["root"], "jobs/a/events.jsonl"), Is.EqualTo(_folder["root", "jobs", "a", "events.jsonl"]));
    }

    [Test]
    public void No_link_is_followed_wherever_it_stands_and_leads()
    {
        File.CreateSymbolicLink(_folder["root", "jobs", "a", "out"], _folder["secret"]);
        File.CreateSymbolicLink(_folder["root", "jobs", "a", "in"], _folder["root", "jobs", "a", "events.jsonl"]);
        Directory.CreateSymbolicLink(_folder["root", "jobs", "b"], _folder.Path);
        File.CreateSymbolicLink(_folder["root", "jobs", "a", "nowhere"], _folder["nothing"]);

        var found = ((string[])["jobs/a/out", "jobs/a/in", "jobs/b/secret", "jobs/a/nowhere"]).Where(path => SafePath.Resolve(_folder["root"], path) is not null);

        Assert.That(found, Is.Empty);
    }

    [Test]
    public void A_pipe_is_no_file()
    {
        using var make = System.Diagnostics.Process.Start("mkfifo", [_folder["root", "pipe"]]);
        make.WaitForExit();

        Assert.That(File.Exists(_folder["root", "pipe"]), Is.True, "the pipe is there");
        Assert.That(SafePath.Resolve(_folder["root"], "pipe"), Is.Null);
    }
}
