using Granary.Core.Runs;
using Granary.Testing;

namespace Granary.Cli.Commands.Tests;

public sealed class RunClaimTests
{
    private const string Configuration = "name: run\n";

    private readonly List<string> _said = [];
    private TempFolder _folder = null!;

    [SetUp]
    public void MakeFolder()
    {
        _folder = new TempFolder();
        _said.Clear();
    }

    [TearDown]
    public void RemoveFolder()
    {
        _folder.Dispose();
    }

    [Test]
    public void A_free_folder_is_claimed_without_a_word()
    {
        using var claimed = RunClaim.Await(Claim, _said.Add, rest: () => false);

        Assert.That(claimed.Path, Is.EqualTo(_folder["run"]));
        Assert.That(_said, Is.Empty);
    }

    [Test]
    public void A_folder_that_another_process_holds_is_waited_for()
    {
        var before = Claim();
        var rests = 0;

        using var claimed = RunClaim.Await(Claim, _said.Add, Rest);

        Assert.That(rests, Is.EqualTo(3));
        Assert.That(_said, Has.Count.EqualTo(1).And.All.Contains("is in use"));

        bool Rest()
        {
            if (++rests == 3)
            {
                before.Dispose(); // the frozen process has woken and ended
            }

            return true;
        }
    }

    [Test]
    public void Who_is_asked_to_end_waits_no_more()
    {
        using var before = Claim();

        Assert.That(() => RunClaim.Await(Claim, _said.Add, rest: () => false), Throws.TypeOf<RunInUseException>());
    }

    private RunFolder Claim() => RunFolder.Claim(_folder["run"], Configuration);
}
