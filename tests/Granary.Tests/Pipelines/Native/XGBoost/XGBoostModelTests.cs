using System.Globalization;

namespace Granary.Pipelines.Native.XGBoost.Tests;

public sealed class XGBoostModelTests
{
    private static readonly double[][] Rows = [[0.1, 5], [0.2, 4], [0.3, 3], [0.4, 2], [0.6, 1], [0.7, 2], [0.8, 3], [0.9, 4]];
    private static readonly double[] Labels = [-1, -1, -1, -1, 3, 3, 3, 3];

    [SetUp]
    public void Require()
    {
        XGBoostSample.Require();
    }

    [TestCase(0, 0, Description = "without regularisation a leaf is its rows' mean")]
    [TestCase(1, 0, Description = "l2 adds to the rows' number")]
    [TestCase(0, 1.5, Description = "l1 takes off the sum of residuals")]
    [TestCase(2, 0.5, Description = "both")]
    public void A_stump_is_what_one_computes_by_hand(double l2, double l1)
    {
        using var matrix = new XGBoostMatrix(Rows, Labels);
        using var model = new XGBoostModel(Parameters(("max_depth", 1), ("lambda", l2), ("alpha", l1), ("eta", 0.5)), matrix);

        model.Grow(matrix);

        // The best split lies between 0.4 and 0.6; a leaf is rate · shrunk sum / (rows + l2).
        var left = -0.5 * (4 - l1) / (4 + l2);
        var right = 0.5 * (12 - l1) / (4 + l2);
        Assert.That(model.Predict(matrix), Is.EqualTo(Labels.Select(label => label < 0 ? left : right)).Within(1e-6));
    }

    [TestCase(4, 2, Description = "four rows a side")]
    [TestCase(5, 1, Description = "no split leaves five on both sides")]
    public void The_least_weight_of_a_child_counts_rows(double minimum, int predictions)
    {
        using var matrix = new XGBoostMatrix(Rows, Labels);
        using var model = new XGBoostModel(Parameters(("max_depth", 1), ("min_child_weight", minimum)), matrix);

        model.Grow(matrix);

        Assert.That(model.Predict(matrix).Distinct().Count(), Is.EqualTo(predictions));
    }

    [Test]
    public void The_first_trees_predict_as_they_did_before_there_were_more()
    {
        using var matrix = new XGBoostMatrix(Rows, Labels);
        using var model = new XGBoostModel(Parameters(("max_depth", 2), ("eta", 0.3)), matrix);
        model.Grow(matrix);
        model.Grow(matrix);
        var two = model.Predict(matrix);
        model.Grow(matrix);

        Assert.That(model.Predict(matrix, trees: 2), Is.EqualTo(two).Within(1e-6));
        Assert.That(model.Predict(matrix), Is.Not.EqualTo(two).Within(1e-3));
    }

    [Test]
    public void What_xgboost_refuses_it_says_in_one_sentence()
    {
        using var matrix = new XGBoostMatrix(Rows, Labels);
        using var model = new XGBoostModel(Parameters(("max_depth", -7)), matrix);

        var error = Assert.Throws<XGBoostException>(() => model.Grow(matrix));

        Assert.That(error.Message, Does.StartWith("XGBoost fails: ").And.Contain("max_depth").And.Not.Contain("\n"));
    }

    private static Dictionary<string, string> Parameters(params (string Name, double Value)[] own)
    {
        var parameters = new Dictionary<string, string> { ["base_score"] = "0", ["lambda"] = "0", ["eta"] = "1", ["tree_method"] = "hist", ["nthread"] = "1", ["verbosity"] = "0" };
        foreach (var (name, value) in own)
        {
            parameters[name] = value.ToString(CultureInfo.InvariantCulture);
        }

        return parameters;
    }
}
