using Granary.Core.Configuration;
using Granary.Core.Randomness;
using Granary.Data.Batching;
using Granary.Models.Language;
using Granary.Models.Llama;
using Granary.Models.Past;
using Granary.Torch.Kernels;
using Granary.Training.Objectives.Rewriting;
using Granary.Training.Objectives.Tests;

namespace Granary.Training.Objectives.Hiding.Tests;

public sealed class MlmUObjectiveTests
{
    private static readonly RandomKey Key = RandomKey.FromSeed(5);

    [Test]
    public void A_hidden_position_says_its_own_token_and_others_say_nothing()
    {
        var rows = ObjectiveCases.RowsOf(arePacked: true);

        var view = new MlmUConfig().Build().Prepare(rows, Key).Views.Single();

        var (labels, hidden) = (view.Targets.Single().Labels.ToArray(), view.Mask.RankK.ToArray());
        Assert.That(hidden, Has.Some.EqualTo(1).And.Some.EqualTo(0));
        Assert.That(labels, Is.EqualTo(rows.Tokens.ToArray().Select((token, place) => hidden[place] == 1 ? token : TokenBatch.IgnoredTarget)));
        Assert.That(view.Inputs.ToArray(), Is.EqualTo(rows.Tokens.ToArray()));
        Assert.That(view.Mask.RankQ.ToArray(), Is.All.Zero);
        Assert.That(view.Targets.Single().Denominator, Is.EqualTo(hidden.Sum()));
    }

    [Test]
    public void With_a_mask_token_it_stands_in_the_place_of_the_same_positions_and_all_is_seen()
    {
        var rows = ObjectiveCases.RowsOf(arePacked: true);

        var asked = new MlmUConfig().Build().Prepare(rows, Key).Views.Single();
        var masked = new MlmUConfig { Hidden = HiddenForm.MaskToken }.BuildFor(999).Prepare(rows, Key).Views.Single();

        Assert.That(masked.Mask.Order, Is.EqualTo(AttentionOrder.Full));
        Assert.That(masked.Mask.Segments.ToArray(), Is.EqualTo(rows.Segments.ToArray()));
        Assert.That(masked.Targets.Single().Labels.ToArray(), Is.EqualTo(asked.Targets.Single().Labels.ToArray()));
        Assert.That(masked.Inputs.ToArray(), Is.EqualTo(rows.Tokens.ToArray().Select((token, place) => asked.Mask.RankK.Span[place] == 1 ? 999 : token)));
    }

    [TestCase(HiddenForm.Query)]
    [TestCase(HiddenForm.MaskToken)]
    public void What_is_hidden_does_not_hang_on_the_tokens(HiddenForm form)
    {
        var rows = ObjectiveCases.RowsOf(arePacked: false);
        var objective = new MlmUConfig { Hidden = form }.BuildFor(form == HiddenForm.Query ? null : 999);
        var first = objective.Prepare(rows, Key).Views.Single();
        var isHidden = first.Targets.Single().Labels.ToArray().Select(label => label != TokenBatch.IgnoredTarget).ToArray();

        var second = objective.Prepare(rows with { Tokens = rows.Tokens.ToArray().Select((token, place) => isHidden[place] ? token + 1 : token).ToArray() }, Key).Views.Single();

        Assert.That(second.Mask.RankK.ToArray(), Is.EqualTo(first.Mask.RankK.ToArray()));
        Assert.That(Seen(second), Is.EqualTo(Seen(first)));

        // What the model can see of the inputs.
        IEnumerable<long> Seen(ObjectiveView view) => view.Inputs.ToArray().Where((_, place) => form == HiddenForm.MaskToken || !isHidden[place]);
    }

    [TestCase(HiddenNorm.Token)]
    [TestCase(HiddenNorm.Row)]
    [TestCase(HiddenNorm.Elbo)]
    public void The_exact_conditionals_of_a_joint_have_the_loss_in_closed_form(HiddenNorm norm)
    {
        const int Rows = 60_000;
        var joint = new BinaryJoint();
        var tokens = new long[Rows * (BinaryJoint.Length + 1)];
        for (var row = 0; row < Rows; row++)
        {
            joint.Draw(RandomKey.FromSeed(8).Fold(row)).CopyTo(tokens.AsSpan((row * (BinaryJoint.Length + 1)) + 1));
        }

        var rows = new BatchSlice(Rows, BinaryJoint.Length + 1, tokens, TargetsOf(tokens), default);
        var (loss, sigma) = joint.LossOf(rows, new MlmUConfig { Norm = norm }.Build(), Key);

        var expected = norm == HiddenNorm.Token
            ? 2.0 / (BinaryJoint.Length * (BinaryJoint.Length + 1)) * Enumerable.Range(1, BinaryJoint.Length).Sum(k => k * joint.MeanLoss(k))
            : joint.Entropy / BinaryJoint.Length;
        Assert.That(Enumerable.Range(1, BinaryJoint.Length).Sum(joint.MeanLoss), Is.EqualTo(joint.Entropy).Within(1e-12), "the chain rule over all orders");
        Assert.That(loss, Is.EqualTo(expected).Within(3 * sigma));
        Assert.That(sigma, Is.LessThan(0.01 * expected), "the estimate is sharp enough to tell the norms apart");
    }

    [Test]
    public void A_fixed_rates_bound_weighs_by_one_in_the_rate()
    {
        var target = new MlmUConfig { Norm = HiddenNorm.Elbo, Rate = 0.25 }.Build().Prepare(ObjectiveCases.RowsOf(arePacked: false), Key).Views.Single().Targets.Single();

        Assert.That(target.Weights!.Value.ToArray().Where(weight => weight != 0), Is.All.EqualTo(4f));
        Assert.That(target.Denominator, Is.EqualTo(ObjectiveCases.Rows * (ObjectiveCases.Length - 1)));
    }

    [Test]
    public void Each_form_is_refused_by_the_other_forms_model()
    {
        Assert.That(Faults(new MlmUConfig(), new LlamaConfig()), Does.Contain("no query for a hidden position"));
        Assert.That(Faults(new MlmUConfig { Hidden = HiddenForm.MaskToken }, new PastConfig()), Does.Contain("hidden: query"));
        Assert.That(Faults(new NextTokenConfig(), new PastConfig()), Does.Contain("mlm-u"));
        Assert.That(Faults(new MlmUConfig(), new PastConfig()), Is.Empty);
        Assert.That(Faults(new MlmUConfig { Hidden = HiddenForm.MaskToken }, new LlamaConfig()), Is.Empty);
    }

    [Test]
    public void What_changes_the_rows_of_a_reader_from_left_to_right_is_refused_over_it()
    {
        Assert.That(Faults(new MeapConfig { Over = new MlmUConfig { Hidden = HiddenForm.MaskToken } }, new LlamaConfig()), Does.Contain("reads from left to right"));
    }

    [TestCase(0.0)]
    [TestCase(1.5)]
    public void A_rate_that_is_no_share_is_refused(double rate)
    {
        Assert.That(Faults(new MlmUConfig { Rate = rate }, new PastConfig()), Does.Contain("objective.rate"));
    }

    private static string Faults(ObjectiveConfig objective, ModelConfig model)
    {
        var errors = new ConfigurationErrors();
        objective.Validate("objective", errors);
        objective.ValidateWith(longestRow: 64, model, "objective", errors);
        try
        {
            errors.ThrowIfAny("run.yaml");
            return string.Empty;
        }
        catch (ConfigurationException exception)
        {
            return exception.Message;
        }
    }

    private static long[] TargetsOf(long[] tokens) => [.. tokens.Skip(1), TokenBatch.IgnoredTarget];
}
