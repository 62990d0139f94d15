namespace Granary.Pipelines.Climb.Statistics.Tests;

public sealed class PredictionErrorTests
{
    [Test]
    public void The_root_mean_squared_error_of_two_is_known_by_hand()
    {
        Assert.That(PredictionError.Rmse([1, 2], [4, 6]), Is.EqualTo(Math.Sqrt((9 + 16) / 2.0)).Within(1e-12));
    }

    [Test]
    public void Optimism_looks_at_what_is_predicted_best()
    {
        double[] predictions = [5, 1, 2, 9];
        double[] scores = [5, 4, 3, 0];

        Assert.That(PredictionError.Optimism(predictions, scores, 0.5), Is.EqualTo((3 + 1) / 2.0));
    }
}
