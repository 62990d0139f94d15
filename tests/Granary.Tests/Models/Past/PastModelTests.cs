using Granary.Core.Configuration;
using Granary.Core.Randomness;
using Granary.Models.Ahead;
using Granary.Models.Language;
using Granary.Models.Layers;
using Granary.Testing;
using Granary.Torch;
using Granary.Torch.Kernels;

namespace Granary.Models.Past.Tests;

[TestFixture(typeof(ComposedKernels))]
[TestFixture(typeof(FusedKernels))]
public sealed class PastModelTests<TKernels> : TensorFixture
    where TKernels : ILayerKernels, new()
{
    private const int Vocabulary = 50;
    private const int Rows = 2;
    private const int Length = 9;

    private static readonly PastConfig Config = new() { HiddenSize = 32, NumHiddenLayers = 2, NumAttentionHeads = 4, MaxPositionEmbeddings = 16, InitializerRange = 0.2 };
    private static readonly int[] Hidden = [0, 0, 1, 0, 1, 1, 0, 0, 1, 0, 1, 0, 0, 0, 1, 0, 1, 1];

    [Test]
    public void Parameters_are_counted()
    {
        using var model = Build(Config);

        Assert.That(model.parameters().Sum(parameter => parameter.numel()), Is.EqualTo(model.Spec.ParameterCount()));
    }

    [TestCase(128, 7, 2.75, Description = "3M")]
    [TestCase(128, 20, 7.86, Description = "8M")]
    [TestCase(256, 16, 25.2, Description = "25M")]
    public void The_papers_models_have_the_papers_sizes(int width, int layers, double millions)
    {
        var spec = new PastConfig { HiddenSize = width, NumHiddenLayers = layers }.SpecOf(Vocabulary, ahead: null);

        Assert.That(spec.BlockWeights, Is.EqualTo(24L * layers * width * width));
        Assert.That(spec.BlockWeights / 1e6, Is.EqualTo(millions).Within(0.05));
        Assert.That((spec.ParameterCount() - (Vocabulary * width)) / 1e6, Is.EqualTo(millions).Within(millions * 0.01));
    }

    [TestCase(true)]
    [TestCase(false)]
    public void A_hidden_token_changes_no_bit_of_any_logits(bool isStacked)
    {
        using var recording = torch.no_grad();
        using var model = Build(Config with { StackEncDec = isStacked });

        var before = Logits(model, Ids(), Hidden);
        var after = Logits(model, [.. Ids().Select((id, place) => Hidden[place] == 1 ? (id + 7) % Vocabulary : id)], Hidden);

        TensorAssert.AreEqual(after, before);
    }

    [TestCase(true)]
    [TestCase(false)]
    public void A_visible_token_changes_what_is_said_elsewhere(bool isStacked)
    {
        using var recording = torch.no_grad();
        using var model = Build(Config with { StackEncDec = isStacked });
        var changed = Ids();
        changed[3] = (changed[3] + 7) % Vocabulary;

        var (before, after) = (Logits(model, Ids(), Hidden), Logits(model, changed, Hidden));

        Assert.That(after.narrow(0, 0, Length).allclose(before.narrow(0, 0, Length)), Is.False);
        TensorAssert.AreEqual(after.narrow(0, Length, Length), before.narrow(0, Length, Length), "the other row");
    }

    [Test]
    public void What_is_hidden_behind_the_last_visible_token_might_as_well_not_be_there()
    {
        using var recording = torch.no_grad();
        using var model = Build(Config);
        var ids = Ids()[..Length];

        var whole = Logits(model, ids, [0, 0, 1, 0, 0, 1, 1, 1, 1], rows: 1);
        var cut = Logits(model, ids[..6], [0, 0, 1, 0, 0, 1], rows: 1);

        TensorAssert.AreClose(whole.narrow(0, 0, 6), cut, 1e-5, 1e-6);
    }

    [Test]
    public void Every_position_is_asked_by_the_same_query_so_places_alone_tell_them_apart()
    {
        using var recording = torch.no_grad();
        using var model = Build(Config);

        // One visible token and one place asked: the distance alone counts.
        var first = Logits(model, [5, 0, 5, 0], [0, 1, 1, 1], rows: 1);
        var second = Logits(model, [0, 5, 0, 0], [1, 0, 1, 1], rows: 1);

        TensorAssert.AreClose(second.narrow(0, 2, 1), first.narrow(0, 1, 1), 1e-4, 1e-5);
    }

    [TestCase(true)]
    [TestCase(false)]
    public void Gradients_are_those_of_the_composed_kernels(bool isStacked)
    {
        var config = Config with { StackEncDec = isStacked };

        var (expected, found) = (Gradients(config, new ComposedKernels()), Gradients(config, new TKernels()));

        foreach (var (name, gradient) in expected)
        {
            TensorAssert.AreClose(found[name], gradient, 1e-3, 1e-4, name);
        }
    }

    [Test]
    public void A_row_of_which_nothing_is_visible_has_finite_logits_and_gradients()
    {
        using var model = Build(Config);
        model.ClearGradients();
        var unseen = Enumerable.Repeat(1, Rows * Length).ToArray();

        var rows_NC = model.Hidden(InputOf(Ids(), unseen, Rows));
        model.LossSum(rows_NC, torch.tensor(Ids())).backward();

        Assert.That(rows_NC.isfinite().all().item() != 0, Is.True);
        Assert.That(model.parameters().Where(parameter => parameter.grad is not null).All(parameter => parameter.grad!.isfinite().all().item() != 0), Is.True);
    }

    [Test]
    public void It_takes_objectives_that_ask_hidden_positions_by_a_query_and_no_others()
    {
        Assert.That(Config.Refuses(new ModelNeeds(QueriesHidden: true)), Is.Null);
        Assert.That(Config.Refuses(new ModelNeeds()), Does.Contain("mlm-u"));
        Assert.That(Config.Refuses(new ModelNeeds()), Does.Contain("hidden: query"));
        Assert.That(Config.Refuses(new ModelNeeds(new AheadSpec(AheadKind.Parallel, 2), QueriesHidden: true)), Does.Contain("further ahead"));
    }

    [Test]
    public void Validation_reports_every_fault()
    {
        var errors = new ConfigurationErrors();

        (Config with { HiddenSize = 12, RopeTheta = 0, LayerNormEps = -1 }).Validate("model", errors);

        Assert.That(Assert.Throws<ConfigurationException>(() => errors.ThrowIfAny("run.yaml"))!.Errors, Has.Count.EqualTo(3));
    }

    [Test]
    public void Too_long_a_row_and_an_unknown_head_are_refused()
    {
        using var model = Build(Config);
        using var cuts = new GradientCuts();
        var states = model.Trunk(InputOf(Ids(), Hidden, Rows));

        Assert.That(() => model.Trunk(InputOf(new long[17], new int[17], rows: 1)), Throws.ArgumentException.With.Message.Contains("max_position_embeddings (16)"));
        Assert.That(() => model.Read(states, new HeadCall("ahead.2"), cuts), Throws.ArgumentException.With.Message.Contains("'ahead.2'"));
    }

    private static PastModel Build(PastConfig config) => config.Build(Vocabulary, ahead: null, RandomKey.FromSeed(4), new TKernels());

    private static long[] Ids() => [.. Enumerable.Range(0, Rows * Length).Select(place => RandomKey.FromSeed(6).BelowAt(place, Vocabulary))];

    private static Tensor Logits(PastModel model, long[] ids, int[] hidden, int rows = Rows) => model.Logits(model.Hidden(InputOf(ids, hidden, rows)));

    private static ModelInput InputOf(long[] ids, int[] hidden, int rows)
    {
        long[] shape = [rows, ids.Length / rows];
        return new ModelInput(torch.tensor(ids, shape), AttentionMask.Ranked(torch.zeros(shape, ScalarType.Int32), torch.tensor(hidden, shape)));
    }

    private static Dictionary<string, Tensor> Gradients(PastConfig config, ILayerKernels kernels)
    {
        using var model = config.Build(Vocabulary, ahead: null, RandomKey.FromSeed(4), kernels);
        model.ClearGradients();
        model.LossSum(model.Hidden(InputOf(Ids(), Hidden, Rows)), torch.tensor(Ids())).backward();
        return model.named_parameters().ToDictionary(entry => entry.name, entry => entry.parameter.grad?.clone() ?? torch.zeros_like(entry.parameter));
    }
}
