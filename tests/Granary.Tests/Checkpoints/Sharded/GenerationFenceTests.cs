using Granary.Core.Runs;
using Granary.Testing;
using Granary.Torch;

namespace Granary.Checkpoints.Sharded.Tests;

public sealed class GenerationFenceTests
{
    private TempFolder _folder = null!;

    [SetUp]
    public void Create()
    {
        _folder = new TempFolder();
    }

    [TearDown]
    public void Remove()
    {
        _folder.Dispose();
    }

    [Test]
    public void A_zombie_of_an_earlier_generation_publishes_nothing()
    {
        Begin(1);
        Save(generation: 1, step: 3);
        Promote(1);
        Begin(2);
        Save(generation: 2, step: 5);
        Promote(2);

        var thrown = Assert.Throws<FencedException>(() => Save(generation: 1, step: 9));

        Assert.That((thrown.Generation, thrown.Present), Is.EqualTo((1, 2)));
        Assert.That(CheckpointReader.FindLatest(_folder.Path), Is.EqualTo(_folder["checkpoints/generation-2/step-00000005"]));
        Assert.That(Directory.EnumerateFileSystemEntries(_folder.Path, "*9*", SearchOption.AllDirectories), Is.Empty, "not even what it had begun");
    }

    [Test]
    public void A_zombie_between_its_look_and_its_write_changes_nothing_that_is_read()
    {
        Begin(1);
        Save(generation: 1, step: 3);
        Promote(1);

        // It looks while its generation is the run's, and the next one begins before it writes.
        Begin(2);
        Save(generation: 2, step: 5);
        Promote(2);
        Begin(1);
        Save(generation: 1, step: 9);
        Begin(2);

        Promote(2);
        Assert.That(CheckpointReader.FindLatest(_folder.Path), Is.EqualTo(_folder["checkpoints/generation-2/step-00000005"]));
        Assert.That(CheckpointReader.Open(_folder["checkpoints/generation-2/step-00000005"]).Manifest.Step, Is.EqualTo(5), "it is whole");
    }

    [Test]
    public void A_generation_writes_the_files_of_a_run_without_generations()
    {
        using var plain = new TempFolder();
        Begin(1);
        Save(generation: 1, step: 3);
        Save(plain.Path, step: 3, fence: null);

        var (placed, alone) = (_folder["checkpoints/generation-1/step-00000003"], plain["checkpoints/step-00000003"]);

        Assert.That(Directory.EnumerateFiles(placed).Select(Path.GetFileName), Is.EquivalentTo(Directory.EnumerateFiles(alone).Select(Path.GetFileName)));
        Assert.That(Directory.EnumerateFiles(alone).All(file => File.ReadAllBytes(file).AsSpan().SequenceEqual(File.ReadAllBytes(Path.Combine(placed, Path.GetFileName(file))))), Is.True);
    }

    [Test]
    public void What_the_run_goes_on_from_is_never_removed()
    {
        Begin(1);
        foreach (var step in Enumerable.Range(1, 6))
        {
            Save(generation: 1, step);
            if (step == 2)
            {
                Promote(1);
            }
        }

        Assert.That(CheckpointReader.FindLatest(_folder.Path), Is.EqualTo(_folder["checkpoints/generation-1/step-00000002"]));
        Assert.That(() => CheckpointReader.Open(_folder["checkpoints/generation-1/step-00000002"]), Throws.Nothing);
    }

    [Test]
    public void Older_generations_checkpoints_go_once_the_run_has_left_them_behind()
    {
        Begin(1);
        Save(generation: 1, step: 1);
        Promote(1);
        Begin(2);
        foreach (var step in Enumerable.Range(2, 4))
        {
            Save(generation: 2, step);
            Promote(2);
        }

        Assert.That(Directory.EnumerateDirectories(_folder["checkpoints"], "step-*", SearchOption.AllDirectories).Select(Path.GetFileName), Does.Not.Contain("step-00000001"));
    }

    [Test]
    public void A_zombie_leaves_what_a_later_generation_is_writing()
    {
        Directory.CreateDirectory(_folder["checkpoints/generation-2/step-00000005.tmp-1"]);
        Directory.CreateDirectory(_folder["checkpoints/generation-1/step-00000005.tmp-1"]);

        new CheckpointWriter(_folder.Path, kept: 0, new GenerationFence(_folder.Path, 1)).RemoveLeftovers();

        Assert.That(Directory.Exists(_folder["checkpoints/generation-2/step-00000005.tmp-1"]), Is.True);
        Assert.That(Directory.Exists(_folder["checkpoints/generation-1/step-00000005.tmp-1"]), Is.False);
    }

    private void Begin(int number)
    {
        new RunGeneration { Number = number, Ranks = 2, Dataset = $"job/train/{number}" }.Write(_folder.Path);
    }

    private void Promote(int generation) => new GenerationFence(_folder.Path, generation).Promote();

    private void Save(int generation, long step) => Save(_folder.Path, step, new GenerationFence(_folder.Path, generation));

    private static void Save(string folder, long step, GenerationFence? fence)
    {
        using var weight = torch.ones(3);
        using var snapshot = CheckpointSnapshot.Take(step, [("weight", weight)], [], new Dictionary<string, string>(), new Dictionary<string, byte[]>());
        new CheckpointWriter(folder, kept: 2, fence).Write(snapshot);
    }
}
