using Granary.Testing;

namespace Granary.Pipelines.Native.XGBoost.Tests;

public sealed class XGBoostLibraryTests
{
    [Test]
    public void Setup_looks_for_the_library_under_the_same_names()
    {
        var script = File.ReadAllText(Repository.PathOf("scripts", "setup.sh"));

        Assert.That(script, Does.Contain(XGBoostLibrary.Variable).And.Contain("install_packages libxgboost0").And.Contain("-linux-gnu/libxgboost.so*"));
    }

    [Test]
    public void A_named_file_that_is_missing_is_one_sentence()
    {
        var error = Assert.Throws<XGBoostException>(() => XGBoostLibrary.Load("/nowhere/libxgboost.so", ["libnowhere.so"]));

        Assert.That(error.Message, Does.StartWith("XGBoost's library '/nowhere/libxgboost.so' cannot be loaded: ").And.EndWith($"Name XGBoost's libxgboost.so in {XGBoostLibrary.Variable}, or unset it."));
    }

    [Test]
    public void A_machine_without_it_is_told_how_to_get_it()
    {
        var error = Assert.Throws<XGBoostException>(() => XGBoostLibrary.Load(null, ["libnowhere.so.0", "libnowhere.so"]));

        Assert.That(error.Message, Does.Contain("have libnowhere.so.0 or libnowhere.so").And.Contain("Run 'make setup'"));
    }

    [Test]
    public void The_library_says_its_version()
    {
        XGBoostSample.Require();

        Assert.That(XGBoostLibrary.Version, Does.Match(@"^\d+\.\d+\.\d+$"));
    }
}
