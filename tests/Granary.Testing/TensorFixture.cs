using Granary.Torch;

namespace Granary.Testing;

/// <summary>Runs each test inside a dispose scope of its own.</summary>
public abstract class TensorFixture
{
    private DisposeScope? _scope;

    [SetUp]
    public void BeginScope()
    {
        _scope = torch.NewDisposeScope();
    }

    [TearDown]
    public void EndScope()
    {
        _scope?.Dispose();
        _scope = null;
    }
}
