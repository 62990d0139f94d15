using Granary.Core.Randomness;
using Granary.Distributed.Units;
using Granary.Models.Language;
using Granary.Models.Layers;
using Granary.Testing;
using Granary.Torch;
using Granary.Torch.Modules;
using Granary.Training.Objectives;
using Granary.Training.Objectives.Tests;
using Granary.Training.Optimizers;

namespace Granary.Training.Capture.Tests;

public sealed class CapturedStepsTests : TensorFixture
{
    private const int Steps = 7;

    private static IEnumerable<TestCaseData> Objectives()
    {
        foreach (var (index, given) in ObjectiveCases.All().Index())
        {
            var (objective, config) = ((ObjectiveConfig)given.Arguments[0]!, given.Arguments[1]);
            yield return new TestCaseData(objective, config, new FusedKernels()).SetArgDisplayNames($"{objective.TypeName} {index}", "float32");
            yield return new TestCaseData(objective, config, new MixedKernels(ScalarType.BFloat16)).SetArgDisplayNames($"{objective.TypeName} {index}", "bfloat16");
        }
    }

    [TestCaseSource(nameof(Objectives))]
    public void Replayed_steps_have_the_losses_and_weights_of_steps_run_one_by_one(ObjectiveConfig objective, ModelConfig config, ILayerKernels kernels)
    {
        using var plain = ObjectiveCases.ModelFor(objective, config, kernels);
        using var captured = ObjectiveCases.ModelFor(objective, config, kernels);
        var capture = new RerunCapture(captured);
        using var steps = new CapturedSteps(captured, capture);

        var expected = Train(plain, objective, (views, law, losses) => RunEach(plain, views, law, losses));
        var actual = Train(captured, objective, steps.Run);

        Assert.That(actual, Is.EqualTo(expected));
        foreach (var (parameter, other) in captured.parameters().Zip(plain.parameters()))
        {
            TensorAssert.AreEqual(parameter.detach(), other.detach());
        }

        // Whole and packed rows take turns, so each signature's first step is run as it is.
        Assert.That(capture.Captures, Is.EqualTo(2));
        Assert.That(capture.Replays, Is.EqualTo(Steps - 2));
    }

    [Test]
    public void The_first_step_of_a_signature_runs_as_it_is_the_second_is_recorded_and_replayed_from_then_on()
    {
        using var model = SmallModel();
        var capture = new RerunCapture(model);
        using var steps = new CapturedSteps(model, capture);

        var counts = Enumerable.Range(0, 4).Select(_ =>
        {
            Run(steps, rows: 2);
            return (capture.Captures, capture.Replays);
        }).ToList();

        Assert.That(counts, Is.EqualTo(new[] { (0, 0), (1, 1), (1, 2), (1, 3) }));
    }

    [Test]
    public void Several_views_are_one_launch()
    {
        using var plain = SmallModel();
        using var model = SmallModel();
        var capture = new RerunCapture(model);
        using var steps = new CapturedSteps(model, capture);

        foreach (var seed in (int[])[1, 2, 3])
        {
            var plans = new[] { PlanOf(2, seed), PlanOf(1, seed + 10), PlanOf(2, seed + 20) };
            var law = new LossLaw(plans);
            var (losses, expected) = (new StepLoss(law), new StepLoss(law));
            ObjectiveView[] views = [.. plans.SelectMany(plan => plan.Views)];

            steps.Run(views, law, losses);
            RunEach(plain, views, law, expected);

            Assert.That(losses.Total, Is.EqualTo(expected.Total));
            foreach (var (parameter, other) in model.parameters().Zip(plain.parameters()))
            {
                TensorAssert.AreEqual(parameter.grad!, other.grad!);
            }
        }

        Assert.That(capture.Replays, Is.EqualTo(2));
    }

    [Test]
    public void Further_signatures_than_may_be_recorded_run_as_they_are()
    {
        using var model = SmallModel();
        var capture = new RerunCapture(model);
        using var steps = new CapturedSteps(model, capture);

        for (var rows = 1; rows <= CapturedSteps.MostGraphs + 2; rows++)
        {
            Run(steps, rows, length: 2);
            Run(steps, rows, length: 2);
        }

        Assert.That(capture.Captures, Is.EqualTo(CapturedSteps.MostGraphs));
        Assert.That(steps.Graphs, Is.EqualTo(CapturedSteps.MostGraphs));
    }

    [Test]
    public void A_device_that_records_nothing_runs_the_steps_all_the_same_and_is_not_asked_again()
    {
        using var model = SmallModel();
        using var steps = new CapturedSteps(model, new RerunCapture(model) { Failure = "operation not permitted when stream is capturing" });

        var losses = Enumerable.Range(0, 3).Select(_ => Run(steps, rows: 2)).ToList();

        Assert.That(losses, Is.All.EqualTo(losses[0]).And.All.GreaterThan(1));
        Assert.That(steps.Failure, Does.Contain("stream is capturing"));
    }

    [Test]
    public void Blocks_with_somebody_at_their_borders_are_never_recorded()
    {
        using var model = SmallModel();
        var capture = new RerunCapture(model);
        using var steps = new CapturedSteps(model, capture);
        model.Hooks = new OpenBorders();

        Run(steps, rows: 2);
        Run(steps, rows: 2);

        Assert.That(capture.Captures, Is.Zero);
    }

    [Test]
    public void A_step_without_anything_to_say_has_no_gradient_and_is_not_recorded()
    {
        using var model = SmallModel();
        var capture = new RerunCapture(model);
        using var steps = new CapturedSteps(model, capture);
        Run(steps, rows: 2);
        var plan = PlanOf(2, seed: 1);
        plan = new ObjectivePlan([plan.Views[0] with { Targets = [plan.Views[0].Targets[0] with { Denominator = 0 }] }]);
        var law = new LossLaw([plan]);

        for (var step = 0; step < 2; step++)
        {
            steps.Run(plan.Views, law, new StepLoss(law));
        }

        Assert.That(capture.Captures, Is.Zero);
        Assert.That(model.parameters().Select(parameter => parameter.grad).OfType<Tensor>().Select(gradient => gradient.abs().max().item()), Is.All.Zero);
    }

    private static LanguageModel SmallModel()
    {
        var (objective, config) = ((ObjectiveConfig)ObjectiveCases.All().First().Arguments[0]!, (ModelConfig)ObjectiveCases.All().First().Arguments[1]!);
        return ObjectiveCases.ModelFor(objective, config, new FusedKernels());
    }

    private static ObjectivePlan PlanOf(int rows, int seed, int length = ObjectiveCases.Length)
    {
        return new NextTokenConfig().Build().Prepare(RandomRows.Of(RandomKey.FromSeed(seed), 256, rows, length), RandomKey.FromSeed(1));
    }

    private static double Run(CapturedSteps steps, int rows, int length = ObjectiveCases.Length)
    {
        var plan = PlanOf(rows, seed: 1, length);
        var law = new LossLaw([plan]);
        var losses = new StepLoss(law);
        steps.Run(plan.Views, law, losses);
        return losses.Total;
    }

    // The slow, obvious form.
    private static void RunEach(LanguageModel model, IReadOnlyList<ObjectiveView> views, LossLaw law, StepLoss losses)
    {
        model.ClearGradients();
        foreach (var view in views)
        {
            ViewPass.Run(model, view, law, losses);
        }
    }

    // What is hidden, said and weighed differs from step to step, and with it what losses are divided by.
    private static List<double> Train(LanguageModel model, ObjectiveConfig config, Action<IReadOnlyList<ObjectiveView>, LossLaw, StepLoss> run)
    {
        using var optimizer = new FusedAdamW(new AdamWConfig(), model.named_parameters());
        var objective = config.Build(ObjectiveCases.TokenizerFor(config));
        var losses = new List<double>();
        for (var step = 0; step < Steps; step++)
        {
            var rows = ObjectiveCases.RowsOf(arePacked: step % 2 == 1, seed: step);
            var plan = objective.Prepare(rows, RandomKey.FromSeed(step));
            var law = new LossLaw([plan]);
            var loss = new StepLoss(law);
            run(plan.Views, law, loss);
            optimizer.Step(step + 1, learningRate: 0.01, gradientScale: 1 / optimizer.GradientNorm());
            losses.Add(loss.Total);
            losses.AddRange(loss.Others().Select(other => other.Loss));
        }

        return losses;
    }

    /// <summary>Stands at the borders and does nothing.</summary>
    private sealed class OpenBorders : IBlockHooks
    {
        public Tensor Enter(Module block, Tensor input) => input;

        public Tensor Leave(Module block, Tensor output) => output;
    }
}
