namespace Granary.Cluster.Grains.Tests;

public sealed class GenerationStateTests
{
    private static readonly GenerationMember Second = new(1, "b", "10.0.0.2", 4001);

    [Test]
    public void Members_stand_by_rank_however_they_come()
    {
        var state = new GenerationState().Join(Second).Join(new GenerationMember(0, "a", "10.0.0.1", 4000));

        Assert.That(state.Members.Select(member => member.Rank), Is.EqualTo(new[] { 0, 1 }));
    }

    [Test]
    public void What_a_rank_said_first_stands()
    {
        var state = new GenerationState().Join(Second);

        Assert.That(state.Join(Second with { Port = 9 }), Is.SameAs(state), "others may have started with it");
    }
}
