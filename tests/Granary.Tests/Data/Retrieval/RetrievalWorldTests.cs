using Granary.Core.Configuration;
using Granary.Core.Randomness;

namespace Granary.Data.Retrieval.Tests;

public sealed class RetrievalWorldTests
{
    private static readonly RandomKey Key = RandomKey.FromSeed(9).Use("draws");

    [Test]
    public void No_name_stands_for_two_keys_or_people()
    {
        var world = new RetrievalWorld(new RetrievalWorldConfig { Keys = 500, Facts = 512 });

        var keys = Enumerable.Range(0, 500).Select(key => world.Tell(new KeyedValue(key, 0)).Question.Split(' ')[1].TrimEnd(':')).ToList();
        var people = Enumerable.Range(0, 512).Select(fact => world.FactAt(fact).Name.ToLowerInvariant()).ToList();
        var others = Enumerable.Range(0, 4_000).Select(draw => world.DrawContextFact(Key.Fold(draw), isHeldOut: draw % 2 == 0, isOdd: draw % 3 == 0).Name.ToLowerInvariant()).Distinct();

        Assert.That(keys.Concat(people).Concat(others), Is.Unique);
    }

    [Test]
    public void No_description_fits_two_people_to_be_learned_or_one_of_a_context()
    {
        var world = new RetrievalWorld(new RetrievalWorldConfig { Facts = 200 });

        var learned = Enumerable.Range(0, 200).Select(fact => world.FactAt(fact).Description).ToList();
        var others = Enumerable.Range(0, 4_000).Select(draw => world.DrawContextFact(Key.Fold(draw), isHeldOut: false, isOdd: false).Description);

        Assert.That(learned, Is.Unique);
        Assert.That(others.Intersect(learned), Is.Empty);
    }

    [TestCase(RetrievalValues.Words, 0.2)]
    [TestCase(RetrievalValues.Words, 0.9)]
    [TestCase(RetrievalValues.Digits, 0.05)]
    public void What_training_tells_and_what_is_asked_never_meet(RetrievalValues values, double share)
    {
        var world = new RetrievalWorld(new RetrievalWorldConfig { Keys = 40, Values = values, HeldOutShare = share });

        var told = Pairs(world, areHeldOut: false);
        var asked = Pairs(world, areHeldOut: true);

        Assert.That(told.Overlaps(asked), Is.False);
        Assert.That(told.Concat(asked), Has.All.Matches<KeyedValue>(pair => world.IsHeldOut(pair) == asked.Contains(pair)));
        Assert.That(told.Select(pair => pair.Key).Distinct().Count(), Is.EqualTo(40), "every key is told of");
        Assert.That(asked.Select(pair => pair.Key).Distinct().Count(), Is.EqualTo(40), "and asked for");
    }

    [Test]
    public void Every_key_lacks_the_same_share_of_the_values_but_not_the_same_values()
    {
        var world = new RetrievalWorld(new RetrievalWorldConfig { Keys = 40, HeldOutShare = 0.25 });

        var lacking = Enumerable.Range(0, 40).Select(key => Enumerable.Range(0, world.ValueCount).Where(value => world.IsHeldOut(new KeyedValue(key, value))).ToList()).ToList();

        Assert.That(lacking.Select(values => values.Count), Has.All.EqualTo(16));
        Assert.That(lacking.SelectMany(values => values).Distinct().Count(), Is.EqualTo(world.ValueCount));
    }

    [Test]
    public void Facts_of_a_context_that_are_asked_are_never_told_in_training()
    {
        var world = new RetrievalWorld(new RetrievalWorldConfig { Keys = 32, Facts = 512 });

        var told = Enumerable.Range(0, 20_000).Select(draw => world.DrawContextFact(Key.Fold(draw), isHeldOut: false, isOdd: draw % 2 == 0)).ToHashSet();
        var asked = Enumerable.Range(0, 20_000).Select(draw => world.DrawContextFact(Key.Fold(draw), isHeldOut: true, isOdd: draw % 2 == 0)).ToHashSet();

        Assert.That(told.Overlaps(asked), Is.False);
        Assert.That(asked, Has.Count.GreaterThan(1_000));
    }

    [Test]
    public void Pairs_of_one_draw_differ_in_key_and_in_value()
    {
        var world = new RetrievalWorld(new RetrievalWorldConfig { Keys = 32 });

        for (var draw = 0; draw < 200; draw++)
        {
            var pairs = world.DrawPairs(Key.Fold(draw), 16, areHeldOut: true);

            Assert.That(pairs.Select(pair => pair.Key), Is.Unique);
            Assert.That(pairs.Select(pair => pair.Value), Is.Unique);
        }
    }

    [Test]
    public void Equal_settings_are_an_equal_world_and_another_seed_is_another()
    {
        var config = new RetrievalWorldConfig();

        var first = Describe(new RetrievalWorld(config));

        Assert.That(Describe(new RetrievalWorld(config)), Is.EqualTo(first));
        Assert.That(Describe(new RetrievalWorld(config with { Seed = 2 })), Is.Not.EqualTo(first));
    }

    [Test]
    public void Filler_uses_no_word_of_values_descriptions_or_names()
    {
        var filler = new GeneratedFiller();
        var told = WorldWords.Values.Concat(WorldWords.Adjectives).Concat(WorldWords.Professions).ToHashSet();

        var words = Enumerable.Range(0, 5_000).SelectMany(index => filler.SentenceAt(Key, index).ToLowerInvariant().TrimEnd('.').Split(' ')).Distinct();

        Assert.That(words.Where(told.Contains), Is.Empty);
        Assert.That(words.Where(IsName), Is.Empty);
        Assert.That(told.Where(IsName), Is.Empty);
    }

    [Test]
    public void Statements_end_where_their_questions_are_answered()
    {
        var fact = new Fact("Zorimeka", "the silent tailor");

        Assert.That(fact.Forward.Text, Is.EqualTo("Zorimeka is the silent tailor."));
        Assert.That(fact.Backward.Text, Is.EqualTo("The silent tailor is Zorimeka."));
        Assert.That(fact.Backward.Asked, Is.EqualTo("\nThe silent tailor is"));
    }

    [Test]
    public void Validation_reports_every_fault()
    {
        var errors = new ConfigurationErrors();

        new RetrievalWorldConfig { Keys = 31, Facts = 7, HeldOutShare = 1 }.Validate("world", errors);

        Assert.That(errors.Errors, Has.Count.EqualTo(3));
        Assert.That(errors.Errors[1], Is.EqualTo("'world.facts' is '7' but must be even, from 4 to 512."));
    }

    private static HashSet<KeyedValue> Pairs(RetrievalWorld world, bool areHeldOut)
    {
        return [.. Enumerable.Range(0, 2_000).SelectMany(draw => world.DrawPairs(Key.Fold(draw), 8, areHeldOut))];
    }

    private static string Describe(RetrievalWorld world)
    {
        var pairs = Enumerable.Range(0, 20).SelectMany(draw => world.DrawPairs(Key.Fold(draw), 4, areHeldOut: false)).Select(pair => world.Tell(pair).Text);
        var facts = Enumerable.Range(0, world.FactCount).Select(fact => world.FactAt(fact).Forward.Text);
        return string.Join('\n', pairs.Concat(facts));
    }

    private static bool IsName(string word)
    {
        return word.Length == 6 && Enumerable.Range(0, 3).All(part => WorldWords.Syllables.Contains(word.Substring(2 * part, 2)));
    }
}
