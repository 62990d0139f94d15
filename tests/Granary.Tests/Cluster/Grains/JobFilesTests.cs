using System.Runtime.Versioning;
using Granary.Testing;

namespace Granary.Cluster.Grains.Tests;

[UnsupportedOSPlatform("windows")]
public sealed class JobFilesTests
{
    private const UnixFileMode Others = (UnixFileMode)0b111_111;

    [Test]
    public void A_configuration_is_written_whole_and_for_its_owner_only()
    {
        using var folder = new TempFolder();
        var files = new JobFiles(new ClusterOptions { Folder = folder.Path });
        files.WriteConfiguration("j", "name: a");

        var path = files.WriteConfiguration("j", "name: b");

        Assert.Multiple(() =>
        {
            Assert.That(path, Is.EqualTo(Path.Combine(folder.Path, "jobs", "j", "config.yaml")));
            Assert.That(File.ReadAllText(path), Is.EqualTo("name: b"));
            Assert.That(Directory.GetFiles(Path.GetDirectoryName(path)!), Has.Length.EqualTo(1));
            Assert.That(File.GetUnixFileMode(path) & Others, Is.EqualTo(UnixFileMode.None));
            Assert.That(File.GetUnixFileMode(Path.GetDirectoryName(path)!) & Others, Is.EqualTo(UnixFileMode.None));
            Assert.That(files.RunsOf("j"), Is.EqualTo(Path.Combine(folder.Path, "jobs", "j", "runs")));
        });
    }
}
