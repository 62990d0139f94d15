using Granary.Testing;

namespace Granary.Cluster.Workers.Tests;

public sealed class NodeGpusTests
{
    private readonly TempFolder _folder = new();

    [OneTimeSetUp]
    public void Write()
    {
        // As the driver writes them: a name, a colon, tabs and blanks.
        Write("0000:01:00.0", "Model: \t\t NVIDIA H100 80GB HBM3\nIRQ:   \t\t 44\nGPU UUID: \t GPU-aaaa-1\nBus Location: \t 0000:01:00.0\nDevice Minor: \t 0\n");
        Write("0000:41:00.0", "Model: \t\t NVIDIA H200\nGPU UUID: \t GPU-bbbb-2\n");
    }

    [OneTimeTearDown]
    public void Remove() => _folder.Dispose();

    [Test]
    public void The_drivers_GPUs_are_found_in_their_order()
    {
        Assert.That(NodeGpus.Find(_folder.Path, visible: null), Is.EqualTo(new[] { new NodeGpu("NVIDIA H100 80GB HBM3", "GPU-aaaa-1"), new NodeGpu("NVIDIA H200", "GPU-bbbb-2") }));
    }

    [TestCase("1", "NVIDIA H200/1", Description = "by number")]
    [TestCase("GPU-bbbb", "NVIDIA H200/GPU-bbbb", Description = "by the beginning of the id")]
    [TestCase("1, 0", "NVIDIA H200/1 NVIDIA H100 80GB HBM3/0", Description = "in the order in which they are named")]
    [TestCase("0,7,1", "NVIDIA H100 80GB HBM3/0", Description = "one that there is not hides those behind it")]
    [TestCase("", "", Description = "none is visible")]
    [TestCase("-1", "", Description = "none is visible, as some say it")]
    public void Only_what_this_process_sees_is_there(string visible, string expected)
    {
        Assert.That(string.Join(' ', NodeGpus.Find(_folder.Path, visible).Select(gpu => $"{gpu.Name}/{gpu.Id}")), Is.EqualTo(expected));
    }

    [Test]
    public void Without_a_driver_there_is_none()
    {
        Assert.That(NodeGpus.Find(_folder["none"], visible: null), Is.Empty);
        Assert.That(NodeGpus.Find(_folder["none"], visible: "0"), Is.Empty);
    }

    private void Write(string bus, string information)
    {
        Directory.CreateDirectory(_folder[bus]);
        File.WriteAllText(_folder[Path.Combine(bus, "information")], information);
    }
}
