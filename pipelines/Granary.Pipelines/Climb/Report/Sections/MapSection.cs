using System.Globalization;
using System.Xml.Linq;
using Granary.Pipelines.Climb.Report.Plots;

namespace Granary.Pipelines.Climb.Report.Sections;

/// <summary>The mixtures that were explored, in the plane, coloured by score.</summary>
internal static class MapSection
{
    private const string Id = "map";
    private const string Heading = "Where the search looked";
    private const int NamesShown = 5;

    internal static XElement Of(Findings findings)
    {
        if (findings.Space.Count < 2 || findings.Trials.Select(trial => string.Join(' ', trial.Trial.Weights)).Distinct().Count() < 3)
        {
            return Page.Section(Id, Heading, Page.Paragraph("There are fewer than three different mixtures, so there is no map to draw."));
        }

        return Page.Section(Id, Heading, Page.Figure(
            Draw(findings),
            "Mixtures near each other have like weights (directions of most variation of the weights' square roots). Names stand where mixtures hold more of a component.",
            [.. Keys(findings)]));
    }

    private static XElement Draw(Findings findings)
    {
        var space = findings.Space;
        var projection = new Projection([.. findings.Trials.Select(trial => trial.Trial.Weights)]);
        var uniform = Enumerable.Repeat(1.0 / space.Count, space.Count).ToArray();
        var places = findings.Trials.Select(trial => projection.PlaceOf(trial.Trial.Weights)).Append(projection.PlaceOf(uniform)).Append(projection.PlaceOf(space.Prior)).ToList();
        if (findings.Record.Choice is { } choice)
        {
            places.Add(projection.PlaceOf(choice.Weights));
        }

        var plot = new Plot(
            "Mixtures in the plane", (places.Min(place => place.X), places.Max(place => place.X)), (places.Min(place => place.Y), places.Max(place => place.Y)),
            $"first direction ({Spoken.Percent(projection.Shares[0])} of the variation)", $"second direction ({Spoken.Percent(projection.Shares[1])})");
        AddNames(plot, findings, projection, places);
        AddTrials(plot, findings, projection);
        Add(plot, projection, uniform, Shape.Triangle, "outline", "equal shares");
        Add(plot, projection, space.Prior, Shape.Square, "outline", "the text's own shares");
        if (findings.Record.Choice is { } chosen)
        {
            Add(plot, projection, chosen.Weights, Shape.Star, "chosen", $"the choice: {findings.PartsOf(chosen.Weights)}", 7);
        }

        return plot.ToElement();
    }

    private static void AddTrials(Plot plot, Findings findings, Projection projection)
    {
        var ranks = findings.Measured.OrderByDescending(trial => trial.Result.Score).Select((trial, rank) => (trial.Trial.Id, rank)).ToDictionary(entry => entry.Id, entry => entry.rank);
        foreach (var trial in findings.Trials)
        {
            var (x, y) = projection.PlaceOf(trial.Trial.Weights);
            if (ranks.TryGetValue(trial.Trial.Id, out var rank))
            {
                plot.Mark(Shape.Disc, x, y, "scored", $"{Findings.PlaceOf(trial.Trial)}: {Spoken.Score(trial.Result.Score)}; {findings.NameOf(trial.Trial.Weights)}", Colour(rank / Math.Max(1.0, ranks.Count - 1)));
            }
            else
            {
                plot.Mark(Shape.Cross, x, y, "failed", $"{Findings.PlaceOf(trial.Trial)} failed: {trial.Result.Failure ?? "it has no score"}", radius: 3.5);
            }
        }
    }

    private static void Add(Plot plot, Projection projection, IReadOnlyList<double> weights, Shape shape, string cssClass, string title, double radius = 5)
    {
        var (x, y) = projection.PlaceOf(weights);
        plot.Mark(shape, x, y, cssClass, title, radius: radius);
    }

    // A component's name stands at the mean of the mixtures, weighed by how much of it they hold.
    private static void AddNames(Plot plot, Findings findings, Projection projection, List<(double X, double Y)> places)
    {
        var width = places.Max(place => place.X) - places.Min(place => place.X);
        var names = findings.Space.Components.Select((component, index) => (component.Name, Mass: findings.Trials.Sum(trial => trial.Trial.Weights[index]), Place: CentreOf(index)))
            .Where(name => name.Mass > 0).OrderByDescending(name => Math.Abs(name.Place.X) + Math.Abs(name.Place.Y)).Take(NamesShown);
        foreach (var (name, _, (x, y)) in names.Where(_ => width > 0))
        {
            plot.Note(x, y, "place", name);
        }

        (double X, double Y) CentreOf(int component)
        {
            var heavy = findings.Trials.OrderByDescending(trial => trial.Trial.Weights[component]).Take(Math.Max(1, findings.Trials.Count / 10)).Select(trial => projection.PlaceOf(trial.Trial.Weights)).ToList();
            return (heavy.Average(place => place.X), heavy.Average(place => place.Y));
        }
    }

    private static string Colour(double quality) => string.Create(CultureInfo.InvariantCulture, $"color-mix(in oklab,var(--good) {100 * quality:0}%,var(--bad))");

    private static IEnumerable<XElement> Keys(Findings findings)
    {
        if (findings.Measured.Count > 0)
        {
            yield return Page.Key(Shape.Disc, "scored", $"best ({Spoken.Score(findings.Best!.Result.Score)})", Colour(1));
            yield return Page.Key(Shape.Disc, "scored", "middle of the ranks", Colour(0.5));
            yield return Page.Key(Shape.Disc, "scored", $"worst ({Spoken.Score(findings.Measured.Max(trial => trial.Result.Score))})", Colour(0));
        }

        yield return Page.Key(Shape.Triangle, "outline", "equal shares");
        yield return Page.Key(Shape.Square, "outline", "the text's own shares");
        if (findings.Record.Choice is not null)
        {
            yield return Page.Key(Shape.Star, "chosen", "the choice");
        }

        if (findings.Failed.Count > 0)
        {
            yield return Page.Key(Shape.Cross, "failed", "failed");
        }
    }
}
