using Granary.Core.Configuration;

namespace Granary.Pipelines.Climb.Mixtures.Tests;

public sealed class CapsConfigTests
{
    private static readonly MixtureComponent[] Components =
    [
        new() { Name = "large", Tokens = 900, Prior = 0.9 },
        new() { Name = "small", Tokens = 99, Prior = 0.099 },
        new() { Name = "ten documents", Tokens = 1, Prior = 0.001 },
    ];

    [Test]
    public void A_weight_is_bounded_by_the_epochs_that_its_amount_allows()
    {
        var space = new CapsConfig { MaxEpochs = 4, TargetTokens = 2_000 }.Over(Components);

        Assert.That(space.MaxWeights, Is.EqualTo(new[] { 1, 0.198, 0.002 }).Within(1e-12));
    }

    [Test]
    public void Without_a_target_it_is_the_components_own_amount()
    {
        Assert.That(new CapsConfig().Over(Components).MaxWeights[1], Is.EqualTo(0.396).Within(1e-12));
    }

    [Test]
    public void No_epochs_are_no_bound()
    {
        Assert.That(new CapsConfig { MaxEpochs = 0 }.Over(Components).MaxWeights, Has.All.EqualTo(1));
    }

    [Test]
    public void Too_little_text_for_the_target_is_refused()
    {
        Assert.That(() => new CapsConfig { TargetTokens = 5_000 }.Over(Components), Throws.TypeOf<ConfigurationException>().With.Message.Contains("'5000' tokens, but all components together hold 1000"));
    }

    [Test]
    public void Amounts_that_are_just_enough_are_enough_whatever_rounding_makes_of_them()
    {
        MixtureComponent[] components = [.. Enumerable.Range(1, 10).Select(i => new MixtureComponent { Name = $"{i}", Tokens = 1, Prior = 0.1 })];

        var space = new CapsConfig { MaxEpochs = 1 }.Over(components);

        Assert.That(space.MaxWeights.Sum(), Is.LessThan(1), "what this test is about");
        Assert.That(new MixtureGrid(space.MaxWeights, 1e-4).Nearest(space.Prior).Sum(), Is.EqualTo(1).Within(1e-9));
    }
}
