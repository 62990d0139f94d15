using Granary.Cluster.Submission.Tests;
using Granary.Core.Randomness;

namespace Granary.Cluster.Submission.Kubernetes.Tests;

public sealed class KubernetesNamesTests
{
    private const string Operation = "0123456789abcdef0123456789abcdef";

    [TestCase("tiny", "tiny-01234567")]
    [TestCase("My_Run.7", "my-run-7-01234567")]
    [TestCase("a.", "a-01234567")]
    [TestCase("0123456789012345678901234567890123456789", "012345678901234567890123456789-01234567", Description = "cut")]
    [TestCase("abcdefghijklmnopqrstuvwxyz012.456", "abcdefghijklmnopqrstuvwxyz012-01234567", Description = "no hyphen before the hyphen")]
    public void A_runs_name_becomes_a_label(string run, string name)
    {
        Assert.That(KubernetesNames.Of(run, Operation), Is.EqualTo(name));
    }

    [Test]
    public void Every_name_of_a_run_gives_a_label_with_room_for_what_is_appended()
    {
        var key = RandomKey.FromSeed(2);
        for (var i = 0; i < 100_000; i++)
        {
            var run = HostileText.Of(key, i);
            if (AllowedText.IsName(run))
            {
                var name = KubernetesNames.Of(run, Operation);

                Assert.That(KubernetesConfig.IsLabel(name), Is.True, run);
                Assert.That(KubernetesConfig.IsLabel($"{name}-train-0-99999-abcde"), Is.True, run);
            }
        }
    }
}
