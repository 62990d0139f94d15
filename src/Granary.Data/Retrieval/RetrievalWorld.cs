using System.Globalization;
using System.Numerics;
using Granary.Core.Randomness;

namespace Granary.Data.Retrieval;

/// <summary>
/// A made-up world, told in training and asked about when a model is measured. Nothing is stored: every name, value and
/// fact is a function of the settings and its number, and so is what training never tells.
/// </summary>
public sealed class RetrievalWorld
{
    // Names by their number: those of keys, of learned facts, of facts that stand in a context.
    private const int FirstFactName = RetrievalWorldConfig.MostKeys;
    private const int FirstContextName = FirstFactName + RetrievalWorldConfig.MostFacts;
    private const int DigitValues = 1_000;

    private readonly RetrievalWorldConfig _config;
    private readonly RandomKey _pairOffsets;
    private readonly RandomKey _contextOffsets;
    private readonly Shuffle _names;
    private readonly Shuffle _descriptions;

    /// <summary>The world of some settings.</summary>
    public RetrievalWorld(RetrievalWorldConfig config)
    {
        var key = RandomKey.FromSeed(config.Seed).Use("retrieval-world");
        var syllables = WorldWords.Syllables.Length;
        _config = config;
        _pairOffsets = key.Use("pairs");
        _contextOffsets = key.Use("context-facts");
        _names = new Shuffle(syllables * syllables * syllables, key.Use("names"));
        _descriptions = new Shuffle(WorldWords.Adjectives.Length * WorldWords.Professions.Length, key.Use("descriptions"));
    }

    /// <summary>How many different values there are.</summary>
    public int ValueCount => _config.Values == RetrievalValues.Digits ? DigitValues : WorldWords.Values.Length;

    /// <summary>How many facts are to be learned by heart.</summary>
    public int FactCount => _config.Facts;

    private int ContextDescriptions => _descriptions.Count - FactCount;

    /// <summary>Whether a fact to be learned is told backward too; every second one is, the others forward only.</summary>
    public static bool IsToldBothWays(int fact)
    {
        return fact % 2 == 1;
    }

    /// <summary>The key's sentence with one of the values.</summary>
    public Statement Tell(KeyedValue pair)
    {
        return new Statement($"Code {NameAt(pair.Key)}:", $" {ValueAt(pair.Value)}");
    }

    /// <summary>A value as an answer has it, the space before it included.</summary>
    public string AnswerAt(int value)
    {
        return $" {ValueAt(value)}";
    }

    /// <summary>Whether a key never has this value in training.</summary>
    public bool IsHeldOut(KeyedValue pair)
    {
        return IsHeldOut(_pairOffsets, pair.Key, pair.Value, ValueCount);
    }

    /// <summary>Pairs with different keys and different values: all of them told in training, or none of them ever.</summary>
    /// <exception cref="ArgumentOutOfRangeException">More are asked for than a quarter of the values.</exception>
    public IReadOnlyList<KeyedValue> DrawPairs(RandomKey draw, int count, bool areHeldOut)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, ValueCount / 4);
        var pairs = new List<KeyedValue>(count);
        for (var attempt = 0; pairs.Count < count; attempt++)
        {
            var key = (int)draw.BelowAt(2 * attempt, _config.Keys);
            var pair = new KeyedValue(key, Draw(_pairOffsets, key, draw, (2 * attempt) + 1, ValueCount, areHeldOut));
            if (pairs.All(other => other.Key != pair.Key && other.Value != pair.Value))
            {
                pairs.Add(pair);
            }
        }

        return pairs;
    }

    /// <summary>A fact to be learned by heart, by its number.</summary>
    public Fact FactAt(int fact)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(fact);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(fact, FactCount);
        return new Fact(Capital(NameAt(FirstFactName + fact)), DescriptionAt(fact));
    }

    /// <summary>
    /// A fact for a context, about somebody who is in no fact to be learned: one that training tells, or one that it never
    /// does. Only of people of an odd number does training ask who fits a description; <paramref name="isOdd"/> chooses.
    /// </summary>
    public Fact DrawContextFact(RandomKey draw, bool isHeldOut, bool isOdd)
    {
        var person = (2 * (int)draw.BelowAt(0, _config.Keys)) + (isOdd ? 1 : 0);
        var description = Draw(_contextOffsets, person, draw, 1, ContextDescriptions, isHeldOut);
        return new Fact(Capital(NameAt(FirstContextName + person)), DescriptionAt(FactCount + description));
    }

    private static string Capital(string name)
    {
        return char.ToUpperInvariant(name[0]) + name[1..];
    }

    // Of each owner's values a run of neighbours is held out; where it begins is the owner's own.
    private int Draw(RandomKey offsets, int owner, RandomKey draw, int position, int count, bool isHeldOut)
    {
        var heldOut = HeldOutOf(count);
        var slot = isHeldOut ? draw.BelowAt(position, heldOut) : heldOut + draw.BelowAt(position, count - heldOut);
        return (int)((slot + offsets.BelowAt(owner, count)) % count);
    }

    private bool IsHeldOut(RandomKey offsets, int owner, int value, int count)
    {
        return (value - (int)offsets.BelowAt(owner, count) + count) % count < HeldOutOf(count);
    }

    private int HeldOutOf(int count)
    {
        return Math.Clamp((int)Math.Round(_config.HeldOutShare * count), 1, count - 1);
    }

    private string NameAt(int number)
    {
        var (all, index) = (WorldWords.Syllables, _names.At(number));
        return all[index % all.Length] + all[index / all.Length % all.Length] + all[index / all.Length / all.Length];
    }

    private string ValueAt(int value)
    {
        return _config.Values == RetrievalValues.Digits ? value.ToString("D3", CultureInfo.InvariantCulture) : WorldWords.Values[value];
    }

    private string DescriptionAt(int number)
    {
        var index = _descriptions.At(number);
        return $"the {WorldWords.Adjectives[index % WorldWords.Adjectives.Length]} {WorldWords.Professions[index / WorldWords.Adjectives.Length]}";
    }

    /// <summary>An order of the numbers below a count: i goes to (a i + b) mod count, a without a factor of the count.</summary>
    private readonly struct Shuffle
    {
        private readonly long _factor;
        private readonly long _offset;

        public Shuffle(int count, RandomKey key)
        {
            Count = count;
            _offset = key.BelowAt(0, count);
            var position = 1;
            do
            {
                _factor = key.BelowAt(position++, count);
            }
            while (BigInteger.GreatestCommonDivisor(_factor, count) != 1);
        }

        public int Count { get; }

        public int At(int number)
        {
            return (int)(((_factor * number) + _offset) % Count);
        }
    }
}
