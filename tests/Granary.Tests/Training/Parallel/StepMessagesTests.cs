using Granary.Testing;
using Granary.Torch;
using Granary.Training.Objectives;

namespace Granary.Training.Parallel.Tests;

public sealed class StepMessagesTests
{
    [Test]
    public void A_share_is_read_as_it_was_written()
    {
        var share = new StepShare(Tokens: 96, Passes: 3, [("main", 95.5), ("ahead.2", 0)]);

        var read = StepShare.Read(share.ToMessage());

        Assert.That((read.Tokens, read.Passes), Is.EqualTo((96L, 3)));
        Assert.That(read.Denominators, Is.EqualTo(share.Denominators));
    }

    [Test]
    public void A_result_is_read_as_it_was_written()
    {
        var result = new StepResult([1.5, double.NaN], Squares: 0.25, Stops: true, Saves: false, Waited: 0.125, [true, false, true, true, false, false, false, false, true]);

        var message = result.ToMessage();
        var read = StepResult.Read(message, losses: 2, parameters: 9);

        Assert.That(message, Has.Length.EqualTo(StepResult.SizeOf(losses: 2, parameters: 9)));
        Assert.That(read.Losses, Is.EqualTo(result.Losses));
        Assert.That((read.Squares, read.Stops, read.Saves), Is.EqualTo((0.25, true, false)));
        Assert.That(read.HasGradients, Is.EqualTo(result.HasGradients));
    }

    [Test]
    public void Every_rank_hears_every_message()
    {
        var heard = RankHarness.Run(3, world => new RankMessages(world, torch.CPU).Exchange([.. Enumerable.Repeat((byte)world.rank, world.rank)], capacity: 2));

        Assert.That(heard, Is.All.EqualTo(new[] { Array.Empty<byte>(), [1], [2, 2] }));
    }

    [Test]
    public void A_message_that_does_not_fit_is_refused()
    {
        var thrown = Assert.Throws<InvalidOperationException>(() => RankHarness.Run(2, world => new RankMessages(world, torch.CPU).Exchange(new byte[9], capacity: 8)));

        Assert.That(thrown!.Message, Does.Contain("'9' bytes but at most 8 fit"));
    }

    [Test]
    public void Losses_of_ranks_are_added_by_name()
    {
        var law = new LossLaw([("main", 3.0), ("ahead.2", 2.0), ("main", 1.0), ("ahead.3", 0.0)]);

        var loss = StepLoss.Of(law, [[1.0, 4.0, 1.0, 0.0], [0.5, 0.0, 3.0, 0.0]]);

        Assert.That(loss.Total, Is.EqualTo(1.5));
        Assert.That(loss.Main, Is.EqualTo(1.0), "4 nats over 4 labels");
        Assert.That(loss.Others(), Is.EqualTo(new[] { ("total", 1.5), ("ahead.2", 2.0), ("ahead.3", 0.0) }));
    }
}
