using Granary.Cluster.Ledger.Tests;

namespace Granary.Cluster.Ledger.Simulation.Tests;

/// <summary>Leases under faults, seed by seed. A seed that fails is run again by its number.</summary>
public sealed class LeaseSimulationTests
{
    private const int MostSeedsToFindABug = 2_000;

    private static IEnumerable<PlantedBug> Bugs => Enum.GetValues<PlantedBug>().Where(bug => bug != PlantedBug.None);

    [TestCase(0, 2_000)]
    [TestCase(2_000, 100_000, Category = "Slow")]
    public void Nothing_is_lost_and_nothing_done_twice(int from, int count)
    {
        var violations = Enumerable.Range(from, count)
            .AsParallel()
            .Select(seed => (seed, violation: new World(seed, PlantedBug.None).Run()))
            .Where(run => run.violation is not null);

        Assert.That(violations.Take(5).Select(run => $"seed {run.seed}: {run.violation}"), Is.Empty);
    }

    [TestCaseSource(nameof(Bugs))]
    public void A_planted_bug_is_found(PlantedBug bug)
    {
        var violations = Enumerable.Range(0, MostSeedsToFindABug).Select(seed => new World(seed, bug).Run());

        Assert.That(violations.FirstOrDefault(violation => violation is not null), Is.Not.Null);
    }

    [Test]
    public void A_seed_is_the_same_run_again()
    {
        for (var seed = 0; seed < 50; seed++)
        {
            var (first, second) = (new World(seed, PlantedBug.CommitsWithAnyToken), new World(seed, PlantedBug.CommitsWithAnyToken));

            Assert.That((first.Run(), first.Now), Is.EqualTo((second.Run(), second.Now)));
        }
    }
}
