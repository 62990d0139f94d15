using System.Globalization;
using System.Xml.Linq;
using Granary.Pipelines.Climb.Search;

namespace Granary.Pipelines.Climb.Report.Tests;

public sealed class SearchReportTests
{
    private static IEnumerable<TestCaseData> Records()
    {
        yield return new TestCaseData(SearchSamples.Whole()).SetDescription("a whole search");
        yield return new TestCaseData(SearchSamples.Unfinished()).SetDescription("one that goes on");
        yield return new TestCaseData(SearchSamples.WithoutPredictor()).SetDescription("one without predictor and repeats");
        yield return new TestCaseData(SearchSamples.OfOne()).SetDescription("a single component");
        yield return new TestCaseData(SearchSamples.AllFailed()).SetDescription("one in which every trial failed");
        yield return new TestCaseData(SearchSamples.Whole() with { Trials = [], Choice = null, Clusters = [] }).SetDescription("one that has just begun");
        yield return new TestCaseData(SearchSamples.Whole() with { Trials = [.. SearchSamples.Whole().Trials.Take(2)], Choice = null }).SetDescription("two trials");
        yield return new TestCaseData(SearchSamples.WithoutNoise()).SetDescription("one whose repeated runs score the same");
    }

    [TestCaseSource(nameof(Records))]
    public void A_page_is_well_formed_and_the_same_every_time(SearchRecord record)
    {
        var page = SearchReport.Render(record);

        Assert.That(Parse(page).Name.LocalName, Is.EqualTo("html"));
        Assert.That(SearchReport.Render(record), Is.EqualTo(page));
    }

    [TestCaseSource(nameof(Records))]
    public void A_page_needs_nothing_from_elsewhere_and_runs_nothing(SearchRecord record)
    {
        var elements = Parse(SearchReport.Render(record)).DescendantsAndSelf().ToList();

        Assert.That(elements.Select(element => element.Name.LocalName), Has.None.AnyOf("script", "link", "img", "iframe", "object", "image", "use"));
        Assert.That(elements.Attributes().Select(attribute => attribute.Name.LocalName), Has.None.StartsWith("on").And.None.AnyOf("src", "href"));
        Assert.That(elements.Single(element => element.Name.LocalName == "style").Value, Does.Not.Contain("url(").And.Not.Contain("@import").And.Not.Contain(">"));
    }

    [TestCaseSource(nameof(Records))]
    public void No_number_is_drawn_or_said_that_is_none(SearchRecord record)
    {
        var drawn = Parse(SearchReport.Render(record)).Descendants().Where(element => element.Name.LocalName is "path" or "line" or "rect" or "text" or "i").Attributes().Select(attribute => attribute.Value);

        Assert.That(drawn, Has.None.Contains("NaN").And.None.Contains("∞").And.None.Contains("Infinity"));
    }

    [TestCaseSource(nameof(Records))]
    public void No_sentence_divides_by_zero(SearchRecord record)
    {
        var lead = Parse(SearchReport.Render(record)).Descendants().Where(element => element.Name.LocalName == "p").Select(element => element.Value);

        Assert.That(lead, Has.None.Contains("NaN").And.None.Contains("∞").And.None.Contains("Infinity"));
    }

    [Test]
    public void Every_trial_stands_in_the_table_and_in_each_drawing_of_trials()
    {
        var record = SearchSamples.Whole();
        var page = Parse(SearchReport.Render(record));

        foreach (var trial in record.Trials)
        {
            var place = $"round {trial.Trial.Round}, trial {trial.Trial.Index + 1}";
            Assert.That(Section(page, "trials").Descendants("code").Select(code => code.Value), Does.Contain(trial.Trial.Id));
            Assert.That(Section(page, "weights").Descendants("g").Attributes("id").Select(id => id.Value), Does.Contain($"t-{trial.Trial.Id}"));
            Assert.That(Titles(Section(page, "progress")), Has.Some.StartsWith(place));
            Assert.That(Titles(Section(page, "map")), Has.Some.StartsWith(place));
        }
    }

    [Test]
    public void What_failed_is_shown_with_its_reason_and_what_was_tried_again_too()
    {
        var page = Parse(SearchReport.Render(SearchSamples.Whole()));

        Assert.That(Section(page, "trials").Value, Does.Contain("The loss is 'NaN' & the run <stopped> at step 31.").And.Contain("attempt 1 was made again").And.Contain("a signal ended it"));
        Assert.That(Section(page, "progress").Descendants("path").Attributes("class").Count(name => name.Value == "mark failed"), Is.EqualTo(2 + 1), "two trials, and the key");
    }

    [Test]
    public void Names_and_samples_are_text_whatever_they_hold()
    {
        var page = SearchReport.Render(SearchSamples.Whole());

        Assert.That(page, Does.Not.Contain("<script").And.Not.Contain("<b>").And.Not.Contain("\u0001"));
        Assert.That(Section(Parse(page), "clusters").Value, Does.Contain("<script>alert(0)</script> \ufffd of the cluster"));
        Assert.That(Section(Parse(page), "mixture").Value, Does.Contain("2 <b>&\"bold\"</b>"));
    }

    [Test]
    public void The_table_says_weight_share_up_sampling_and_epochs_of_each_component()
    {
        var record = SearchSamples.Whole();
        var weights = record.Choice!.Weights;

        var rows = Section(Parse(SearchReport.Render(record)), "mixture").Descendants("tbody").Single().Elements("tr").ToList();

        Assert.That(rows, Has.Count.EqualTo(8));
        var first = rows[0].Elements("td").Select(cell => cell.Value).ToList();
        Assert.That(first[0], Does.StartWith("0 class method return"));
        Assert.That(first[2], Does.StartWith($"{(100 * weights[0]).ToString("F0", CultureInfo.InvariantCulture)}\u00a0% ±"));
        Assert.That(first[5], Is.EqualTo($"× {(weights[0] / 0.22).ToString("F2", CultureInfo.InvariantCulture)}"));
        Assert.That(first[6], Is.EqualTo((weights[0] * 50 / (40 * 0.22)).ToString("F2", CultureInfo.InvariantCulture)));
    }

    [Test]
    public void The_first_sentences_say_what_was_found_and_how_sure_it_is()
    {
        var text = SearchReport.Summarise(SearchSamples.Whole());

        Assert.That(text, Does.StartWith("Of 37 trials of mixtures of 8 components, the search settled on '0 class method return' 6"));
        Assert.That(text, Does.Contain("better than the text's own shares and").And.Contain("better than equal shares").And.Contain("times its own error: far more than chance makes."));
    }

    [Test]
    public void A_gain_within_the_noise_is_called_that()
    {
        var record = SearchSamples.Whole();
        var natural = record.Trials.Where(trial => trial.Trial.Origin == TrialOrigin.Anchor && trial.Trial.Index % 2 == 1).Average(trial => trial.Result.Score);

        var text = SearchReport.Summarise(record with { Choice = record.Choice! with { Measured = natural - 1e-5 } });

        Assert.That(text, Does.Contain("may be chance"));
    }

    [Test]
    public void Without_repeats_nobody_can_say_how_sure_it_is_and_the_text_says_so()
    {
        Assert.That(SearchReport.Summarise(SearchSamples.WithoutPredictor()), Does.Contain("not compared with anything").And.Contain("nobody can say how much of this is chance"));
    }

    [Test]
    public void A_choice_that_was_never_trained_is_called_a_guess()
    {
        var record = SearchSamples.Whole();

        var text = SearchReport.Summarise(record with { Choice = record.Choice! with { Measured = double.NaN } });

        Assert.That(text, Does.Contain("the predictor expects").And.Contain("a guess"));
    }

    [Test]
    public void A_predictor_that_is_out_of_question_says_why()
    {
        Assert.That(Section(Parse(SearchReport.Render(SearchSamples.Whole())), "predictors").Value, Does.Contain("It says the same of every mixture.").And.Contain("0.0060 too hopeful"));
    }

    private static XElement Parse(string page)
    {
        Assert.That(page, Does.StartWith("<!DOCTYPE html>\n<html"));
        return XElement.Parse(page["<!DOCTYPE html>\n".Length..]);
    }

    private static XElement Section(XElement page, string id) => page.Descendants("section").Single(section => section.Attribute("id")?.Value == id);

    private static IEnumerable<string> Titles(XElement section) => section.Descendants("title").Select(title => title.Value);
}
