using Granary.Core.Files;
using Granary.Testing;
using Granary.Torch;

namespace Granary.Checkpoints.Sharded.Tests;

public sealed class CheckpointTests
{
    private TempFolder _folder = null!;

    [SetUp]
    public void CreateFolder()
    {
        _folder = new TempFolder();
    }

    [TearDown]
    public void RemoveFolder()
    {
        _folder.Dispose();
    }

    [Test]
    public void What_is_read_is_what_was_written()
    {
        var path = Write(step: 5);
        var (parameters, optimizer) = (Tensors(fill: 0), Tensors(fill: 0));

        var reader = CheckpointReader.Open(path);
        reader.Load("model", parameters);
        reader.Load("optimizer", optimizer);

        Assert.That(parameters.Zip(Tensors(fill: 5)), Is.All.Matches<((string, Tensor) Read, (string, Tensor) Written)>(pair => pair.Read.Item2.equal(pair.Written.Item2)));
        Assert.That(optimizer.Zip(Tensors(fill: 6)), Is.All.Matches<((string, Tensor) Read, (string, Tensor) Written)>(pair => pair.Read.Item2.equal(pair.Written.Item2)));
        Assert.That(reader.Manifest.Step, Is.EqualTo(5));
        Assert.That(reader.Manifest.Facts["order"], Is.EqualTo("abc"));
        Assert.That(reader.ReadFile("config.yaml"), Is.EqualTo("name: x\n"u8.ToArray()));
    }

    [Test]
    public void Parts_of_tensors_are_read_from_their_places()
    {
        var reader = CheckpointReader.Open(Write(new CheckpointWriter(_folder.Path, kept: 0), [("layers.0", torch.arange(6, ScalarType.Float32).view(2, 3)), ("layers.1", torch.zeros(3))]));
        var (head, tail) = (torch.zeros(2), torch.zeros(3));

        reader.Load("model", [
            new TensorParts("layers.0", ScalarType.Float32, [2, 3], [(0, head), (3, tail)]),
            new TensorParts("layers.1", ScalarType.Float32, [3], [])]);

        Assert.That(head.to_array<float>(), Is.EqualTo(new[] { 0f, 1 }));
        Assert.That(tail.to_array<float>(), Is.EqualTo(new[] { 3f, 4, 5 }));
    }

    [Test]
    public void The_pointer_names_the_newest_and_older_ones_go()
    {
        Write(step: 1);
        Write(step: 2);
        Write(step: 3);

        Assert.That(CheckpointReader.FindLatest(_folder.Path), Does.EndWith("step-00000003"));
        Assert.That(Directory.GetDirectories(_folder["checkpoints"]).Select(Path.GetFileName), Is.EquivalentTo(new[] { "step-00000002", "step-00000003" }));
    }

    [Test]
    public void A_run_without_checkpoints_has_no_newest()
    {
        Assert.That(CheckpointReader.FindLatest(_folder.Path), Is.Null);
    }

    [Test]
    public void Any_flipped_bit_of_any_file_is_found()
    {
        var path = Write(step: 1);
        foreach (var file in Directory.GetFiles(path))
        {
            var bytes = File.ReadAllBytes(file);
            for (var index = 0; index < bytes.Length; index++)
            {
                bytes[index] ^= (byte)(1 << (index % 8));
                File.WriteAllBytes(file, bytes);

                Assert.That(() => CheckpointReader.Open(path), Throws.InstanceOf<CheckpointException>(), $"byte {index} of {Path.GetFileName(file)}");

                bytes[index] ^= (byte)(1 << (index % 8));
            }

            File.WriteAllBytes(file, bytes);
        }
    }

    [Test]
    public void A_flipped_bit_is_reported_with_file_and_tensor()
    {
        var path = Write(step: 1);
        var file = Path.Combine(path, "model-00001.safetensors");
        var bytes = File.ReadAllBytes(file);
        bytes[^1] ^= 1;
        File.WriteAllBytes(file, bytes);

        var thrown = Assert.Throws<CheckpointException>(() => CheckpointReader.Open(path));

        Assert.That(thrown!.Message, Does.Contain(file).And.Contain("'layers.1'"));
    }

    [Test]
    public void A_file_cut_short_is_reported_with_both_lengths()
    {
        var path = Write(step: 1);
        var file = Path.Combine(path, "optimizer-00001.safetensors");
        using (var stream = new FileStream(file, FileMode.Open))
        {
            stream.SetLength(stream.Length - 3);
        }

        Assert.That(() => CheckpointReader.Open(path), Throws.InstanceOf<CheckpointException>().With.Message.Contains("optimizer-00001").And.Message.Contains("bytes"));
    }

    [Test]
    public void A_folder_that_is_no_checkpoint_is_refused()
    {
        Assert.That(() => CheckpointReader.Open(_folder.Path), Throws.InstanceOf<CheckpointException>().With.Message.Contains("no checkpoint"));
        Assert.That(() => CheckpointReader.Open(_folder["nothing"]), Throws.InstanceOf<CheckpointException>().With.Message.Contains("no such checkpoint"));
    }

    [Test]
    public void A_checkpoint_of_another_model_is_refused_by_tensor()
    {
        var reader = CheckpointReader.Open(Write(step: 1));

        Assert.That(() => reader.Load("model", Tensors(fill: 0).Take(1)), Throws.InstanceOf<CheckpointException>().With.Message.Contains("has no place"));
        Assert.That(() => reader.Load("model", [.. Tensors(fill: 0), ("more", torch.zeros(1))]), Throws.InstanceOf<CheckpointException>().With.Message.Contains("'more'"));
        Assert.That(() => reader.Load("model", [("layers.0", torch.zeros(7)), ("layers.1", torch.zeros(3))]), Throws.InstanceOf<CheckpointException>().With.Message.Contains("F32[2, 3]"));
    }

    [Test]
    public void A_checkpoint_that_fails_leaves_no_trace_and_the_one_before_stays()
    {
        Write(step: 1);
        using var snapshot = CheckpointSnapshot.Take(
            2, Tensors(fill: 2), Tensors(fill: 3), new Dictionary<string, string>(), new Dictionary<string, byte[]> { ["missing/folder.txt"] = [1] });

        Assert.That(() => new CheckpointWriter(_folder.Path, kept: 2).Write(snapshot), Throws.InstanceOf<CheckpointException>().With.Message.Contains("step 2"));
        Assert.That(Directory.GetDirectories(_folder["checkpoints"]).Select(Path.GetFileName), Is.EqualTo(new[] { "step-00000001" }));
        Assert.That(CheckpointReader.FindLatest(_folder.Path), Does.EndWith("step-00000001"));
    }

    [Test]
    public void What_a_killed_writer_left_is_removed()
    {
        Write(step: 1);
        Directory.CreateDirectory(AtomicFile.TemporaryNameFor(_folder["checkpoints", "step-00000002"]));

        new CheckpointWriter(_folder.Path, kept: 2).RemoveLeftovers();

        Assert.That(Directory.GetDirectories(_folder["checkpoints"]), Has.Length.EqualTo(1));
    }

    [Test]
    public void A_snapshot_does_not_change_with_the_weights()
    {
        var tensors = Tensors(fill: 1);
        using var snapshot = CheckpointSnapshot.Take(1, tensors, [], new Dictionary<string, string>(), new Dictionary<string, byte[]>());

        tensors[0].Tensor.fill_(9);

        Assert.That(snapshot.Parameters[0].Tensor.data<float>()[0], Is.EqualTo(1));
    }

    [Test]
    public void A_snapshot_gives_back_all_it_took()
    {
        using var weights = torch.zeros([1 << 18]);
        var before = torch.memory().Live;
        var snapshot = CheckpointSnapshot.Take(1, [("weights", weights)], [], new Dictionary<string, string>(), new Dictionary<string, byte[]>());
        var during = torch.memory().Live;

        snapshot.Dispose();

        Assert.That(during - before, Is.EqualTo(weights.numel() * sizeof(float)));
        Assert.That(torch.memory().Live, Is.EqualTo(before));
    }

    private static List<(string Name, Tensor Tensor)> Tensors(float fill)
    {
        return [("layers.0", torch.full([2, 3], fill)), ("layers.1", torch.full([3], fill + 0.5))];
    }

    private static string Write(CheckpointWriter writer, IReadOnlyList<(string, Tensor)> parameters)
    {
        using var snapshot = CheckpointSnapshot.Of(1, parameters, [], new Dictionary<string, string>(), new Dictionary<string, byte[]>());
        return writer.Write(snapshot);
    }

    private string Write(long step)
    {
        using var snapshot = CheckpointSnapshot.Take(
            step,
            Tensors(fill: step),
            Tensors(fill: step + 1),
            new Dictionary<string, string> { ["order"] = "abc" },
            new Dictionary<string, byte[]> { ["config.yaml"] = "name: x\n"u8.ToArray() });
        return new CheckpointWriter(_folder.Path, kept: 2).Write(snapshot);
    }
}
