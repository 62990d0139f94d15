using FsCheck;
using FsCheck.Fluent;
using Granary.Core.Randomness;

namespace Granary.Models.Generation.Tests;

public sealed class TokenSamplerTests
{
    private static readonly RandomKey Key = RandomKey.FromSeed(5);

    private static readonly float[] Logits = [0.5f, -1.25f, 2, 0, 2, -3, 1, 0.75f];

    private static readonly GenerationConfig Greedy = new() { DoSample = false };

    [FsCheck.NUnit.Property(MaxTest = 500)]
    public Property Every_choice_is_that_of_the_plain_sampler()
    {
        var cases =
            from count in Gen.Choose(1, 40)
            from logits in Gen.Choose(-12, 12).Select(value => value / 4f).ArrayOf(count) // few values, so that many are equal
            from seen in Gen.Choose(0, count - 1).ArrayOf(3)
            from temperature in Gen.Elements(0.3, 1, 2.5)
            from topK in Gen.Elements(0, 1, 2, 5, 39, 100)
            from topP in Gen.Elements(1e-9, 0.1, 0.5, 0.9, 0.999, 1)
            from penalty in Gen.Elements(1, 0.7, 1.5)
            from draw in Gen.Choose(0, 999_999)
            select (Logits: logits, Seen: seen, Draw: draw / 1e6, Config: new GenerationConfig { Temperature = temperature, TopK = topK, TopP = topP, RepetitionPenalty = penalty });
        return Prop.ForAll(cases.ToArbitrary(), c =>
        {
            var sampler = Sampler(c.Config, c.Logits.Length, c.Seen);

            Assert.That(sampler.Choose(c.Logits, c.Draw), Is.EqualTo(Plain(c.Logits, c.Seen, c.Config, c.Draw)));
        });
    }

    [Test]
    public void Draws_follow_the_softmax()
    {
        AssertDistribution(new GenerationConfig(), Softmax(Logits.Select(logit => (double)logit)));
    }

    [Test]
    public void Temperature_divides_the_logits()
    {
        AssertDistribution(new GenerationConfig { Temperature = 0.5 }, Softmax(Logits.Select(logit => logit / 0.5)));
    }

    [Test]
    public void Top_k_keeps_the_likeliest_and_their_proportions()
    {
        double[] kept = [0, 0, 2, 0, 2, 0, 1, 0.75];
        var expected = Softmax(kept.Select(logit => logit == 0 ? double.NegativeInfinity : logit));

        AssertDistribution(new GenerationConfig { TopK = 4 }, expected);
    }

    [TestCase(0.3, 1, Description = "the first token alone reaches it")]
    [TestCase(0.6, 2)]
    [TestCase(0.75, 3)]
    public void Top_p_keeps_the_fewest_tokens_that_reach_it(double topP, int expected)
    {
        // Of the whole: 0.327 (id 2), 0.327 (id 4), 0.120 (id 6), 0.094 (id 7), ...
        var sampler = Sampler(new GenerationConfig { TopP = topP }, Logits.Length);

        var drawn = Enumerable.Range(0, 2_000).Select(place => sampler.Choose(Logits, Key.DoubleAt(place))).ToHashSet();

        Assert.That(drawn, Is.EquivalentTo(new[] { 2, 4, 6, 7 }.Take(expected)));
    }

    [Test]
    public void Top_k_of_one_is_the_likeliest_whatever_is_drawn()
    {
        var one = Sampler(new GenerationConfig { TopK = 1, Temperature = 3 }, Logits.Length);
        var greedy = Sampler(Greedy, Logits.Length);

        for (var place = 0; place < 100; place++)
        {
            Assert.That(one.Choose(Logits, Key.DoubleAt(place)), Is.EqualTo(greedy.Choose(Logits, 0)));
        }
    }

    [Test]
    public void Of_equal_logits_the_lower_id_is_the_likeliest()
    {
        Assert.That(Sampler(Greedy, Logits.Length).Choose(Logits, 0), Is.EqualTo(2));
    }

    [TestCase(2.0, new[] { 2 }, 4, Description = "a positive logit is halved: 2 falls to 1")]
    [TestCase(2.0, new[] { 2, 4 }, 2, Description = "both fall to 1, as large as that of token 6")]
    [TestCase(4.0, new[] { 2, 4, 6 }, 7, Description = "0.75 is left standing")]
    [TestCase(0.5, new[] { 6, 7 }, 2, Description = "below 1 repeats more: token 6 rises to 2, as large as token 2")]
    public void The_penalty_divides_the_positive_logits_of_tokens_seen(double penalty, int[] seen, int expected)
    {
        Assert.That(Sampler(Greedy with { RepetitionPenalty = penalty }, Logits.Length, seen).Choose(Logits, 0), Is.EqualTo(expected));
    }

    [Test]
    public void The_penalty_multiplies_negative_logits_and_counts_a_token_once()
    {
        var once = Sampler(new GenerationConfig { RepetitionPenalty = 3 }, 2, [0]);
        var thrice = Sampler(new GenerationConfig { RepetitionPenalty = 3 }, 2, [0, 0, 0]);
        float[] logits = [-1, -1];

        // -1 becomes -3, so the first token has 1 / (1 + e^2) = 0.119 of the whole.
        foreach (var sampler in new[] { once, thrice })
        {
            Assert.That(sampler.Choose(logits, 0.1191), Is.EqualTo(0));
            Assert.That(sampler.Choose(logits, 0.1193), Is.EqualTo(1));
        }
    }

    [TestCase(float.NaN, "The largest logit is 'NaN' at token '1'")]
    [TestCase(float.PositiveInfinity, "The largest logit is 'Infinity' at token '1'")]
    public void Logits_that_are_not_finite_are_refused(float logit, string message)
    {
        var sampler = Sampler(new GenerationConfig(), 3);

        Assert.That(() => sampler.Choose([0, logit, 1], 0.5), Throws.ArgumentException.With.Message.StartsWith(message));
    }

    [Test]
    public void A_token_without_probability_is_never_drawn()
    {
        var sampler = Sampler(new GenerationConfig(), 3);
        float[] logits = [float.NegativeInfinity, 0, float.NegativeInfinity];

        Assert.That(sampler.Choose(logits, 0), Is.EqualTo(1));
        Assert.That(sampler.Choose(logits, Math.BitDecrement(1.0)), Is.EqualTo(1));
    }

    private static TokenSampler Sampler(GenerationConfig config, int vocabSize, params int[] seen)
    {
        var sampler = new TokenSampler(config, vocabSize);
        Array.ForEach(seen, sampler.See);
        return sampler;
    }

    private static void AssertDistribution(GenerationConfig config, double[] expected)
    {
        const int Draws = 20_000;
        var sampler = Sampler(config, Logits.Length);
        var counts = new int[Logits.Length];
        for (var place = 0; place < Draws; place++)
        {
            counts[sampler.Choose(Logits, Key.DoubleAt(place))]++;
        }

        // Chi-square with 7 degrees of freedom exceeds 24.3 in one case of a thousand; the draws are fixed by the key.
        var chiSquare = expected.Select((probability, id) => probability == 0 ? 0 : Math.Pow(counts[id] - (Draws * probability), 2) / (Draws * probability)).Sum();
        Assert.That(chiSquare, Is.LessThan(24.3));
        Assert.That(counts.Where((_, id) => expected[id] == 0), Is.All.Zero);
    }

    private static double[] Softmax(IEnumerable<double> logits)
    {
        var weights = logits.Select(Math.Exp).ToArray();
        return [.. weights.Select(weight => weight / weights.Sum())];
    }

    /// <summary>The law read out aloud: sort, cut, cut, draw.</summary>
    private static int Plain(float[] logits, int[] seen, GenerationConfig config, double draw)
    {
        var tokens = logits
            .Select((logit, id) => (Id: id, Logit: !seen.Contains(id) ? logit : logit > 0 ? logit / config.RepetitionPenalty : logit * config.RepetitionPenalty))
            .OrderByDescending(token => token.Logit)
            .ThenBy(token => token.Id)
            .ToList();
        var top = tokens[0].Logit;
        var kept = tokens.Select(token => (token.Id, Weight: Math.Exp((token.Logit - top) / config.Temperature))).ToList();
        if (config.TopK > 0)
        {
            kept = [.. kept.Take(config.TopK)];
        }

        if (config.TopP < 1)
        {
            var goal = config.TopP * kept.OrderBy(token => token.Id).Sum(token => token.Weight);
            var reached = 0.0;
            kept = [.. kept.TakeWhile(token =>
            {
                var isNeeded = reached < goal;
                reached += token.Weight;
                return isNeeded;
            })];
        }

        var sum = 0.0;
        var total = kept.OrderBy(token => token.Id).Sum(token => token.Weight);
        return kept.OrderBy(token => token.Id).First(token => (sum += token.Weight) > draw * total).Id;
    }
}
