using Granary.Testing;
using Granary.Torch;

namespace Granary.Models.Generation.Drafting.Tests;

/// <summary>What each drafter guesses after texts made for it.</summary>
public sealed class DraftersTests : TensorFixture
{
    private const int Vocabulary = 40;

    [Test]
    public void Lookahead_goes_on_as_the_text_did_where_most_tokens_agree()
    {
        var drafter = new LookaheadDrafter();

        // 1 2 3 was followed by 4 5; a newer 9 3 by 6.
        ReadText(drafter, 1, 2, 3, 4, 5, 9, 3, 6, 1, 2, 3);
        var tree = Draft(drafter);

        Assert.That(Chain(tree).Take(4), Is.EqualTo([4, 5, 9, 3]));
        Assert.That(tree.TryFind(DraftTree.Root, 6, out _), Is.True);
    }

    [Test]
    public void Lookahead_has_no_guess_for_a_text_without_repetition()
    {
        var drafter = new LookaheadDrafter();

        ReadText(drafter, 1, 2, 3, 4, 5);

        Assert.That(Draft(drafter).Count, Is.Zero);
    }

    [Test]
    public void Recycling_guesses_the_largest_logits_its_tokens_were_last_given()
    {
        var drafter = new RecyclingDrafter(Vocabulary);
        var logits = torch.zeros([3, Vocabulary]);
        Set(logits, row: 0, (7, 9), (8, 8), (30, 7));
        Set(logits, row: 1, (9, 5), (39, 4));
        Set(logits, row: 2, (7, 3));

        // Row 1 is a guess that was rejected: 7 stays unknown to the text, but what follows it is known.
        drafter.Read(new DraftReading { Tokens = [5, 7, 6], Rows = [0, 2], Following = [6, 5], Trunk_TC = logits, Logits_TV = logits });
        var tree = Draft(drafter);

        Assert.That(Enumerable.Range(0, tree.Count).Where(node => tree.Parent(node) == DraftTree.Root).Select(tree.Token).Take(3), Is.EqualTo([7, 8, 30]));
        Assert.That(tree.TryFind(DraftTree.Root, 7, out var seven) && tree.TryFind(seven, 9, out _) && tree.TryFind(seven, 39, out _), Is.True);
    }

    [Test]
    public void Recycling_takes_the_prompts_own_successors()
    {
        var drafter = new RecyclingDrafter(Vocabulary);

        ReadText(drafter, 1, 2, 1, 3, 1);
        var tree = Draft(drafter);

        Assert.That(Enumerable.Range(0, tree.Count).Where(node => tree.Parent(node) == DraftTree.Root).Select(tree.Token), Is.EqualTo([3, 2]));
    }

    [Test]
    public void Parallel_heads_give_a_tree_of_their_likeliest_tokens()
    {
        var tree = Draft(Read(new HeadsDrafter(new FixedHeads(followLikeliest: false))));

        Assert.That(tree.TryFind(DraftTree.Root, 10, out var first) && tree.TryFind(first, 20, out _) && tree.TryFind(first, 21, out _), Is.True);
        Assert.That(tree.TryFind(DraftTree.Root, 11, out var second) && tree.TryFind(second, 20, out _), Is.True);
    }

    [Test]
    public void Sequential_heads_go_on_from_the_likeliest_alone()
    {
        var tree = Draft(Read(new HeadsDrafter(new FixedHeads(followLikeliest: true))));

        Assert.That(tree.TryFind(DraftTree.Root, 10, out var first) && tree.TryFind(first, 20, out _) && tree.TryFind(first, 21, out _), Is.True);
        Assert.That(tree.TryFind(DraftTree.Root, 11, out var second), Is.True);
        Assert.That(tree.TryFind(second, 20, out _), Is.False);
    }

    [Test]
    public void Where_the_first_is_nearly_sure_the_next_is_not_asked()
    {
        var rates = new DraftRates();
        var drafter = new CombinedDrafter(new LookaheadDrafter(), new HeadsDrafter(new FixedHeads(followLikeliest: false)));
        ReadText(drafter, 1, 2, 3, 1, 2, 3, 1);

        var unsure = new DraftTree(64, rates);
        drafter.Draft(unsure);
        for (var guess = 0; guess < 100; guess++)
        {
            rates.Count(unsure.Kind(0), isHit: true);
        }

        var sure = new DraftTree(64, rates);
        drafter.Draft(sure);

        Assert.That(unsure.TryFind(DraftTree.Root, 10, out _), Is.True);
        Assert.That(sure.TryFind(DraftTree.Root, 10, out _), Is.False);
    }

    private static HeadsDrafter Read(HeadsDrafter drafter)
    {
        ReadText(drafter, 1, 2);
        return drafter;
    }

    private static void ReadText(IDrafter drafter, params int[] text)
    {
        drafter.Read(new DraftReading
        {
            Tokens = text[..^1],
            Rows = Enumerable.Range(0, text.Length - 1).ToArray(),
            Following = text[1..],
            Trunk_TC = torch.zeros(text.Length - 1, 4),
        });
    }

    private static DraftTree Draft(IDrafter drafter)
    {
        var tree = new DraftTree(64, new DraftRates());
        drafter.Draft(tree);
        return tree;
    }

    private static IEnumerable<int> Chain(DraftTree tree)
    {
        for (var node = 0; node < tree.Count; node++)
        {
            if (tree.Parent(node) == node - 1)
            {
                yield return tree.Token(node);
            }
        }
    }

    private static void Set(Tensor logits, int row, params (int Id, float Logit)[] values)
    {
        foreach (var (id, logit) in values)
        {
            logits.data<float>()[(row * Vocabulary) + id] = logit;
        }
    }

    /// <summary>Head k finds token 10 (k + 1) likeliest, then the one after it.</summary>
    private sealed class FixedHeads(bool followLikeliest) : IDraftHeads
    {
        public int Count => 2;

        public bool FollowLikeliest => followLikeliest;

        public void Read(Tensor trunk_TC, ReadOnlySpan<int> rows, ReadOnlySpan<int> following)
        {
        }

        public Tensor Logits()
        {
            var logits = torch.zeros([2, Vocabulary]);
            Set(logits, row: 0, (10, 6), (11, 5.5f));
            Set(logits, row: 1, (20, 6), (21, 5.5f));
            return logits;
        }

        public void Dispose()
        {
        }
    }
}
