using Granary.Testing;

namespace Granary.Torch.Modules.Tests;

public sealed class ModuleTests : TensorFixture
{
    [Test]
    public void Parameters_come_in_the_order_of_declaration_own_ones_first()
    {
        using var model = new TinyModel();

        Assert.That(model.named_parameters().Select(entry => entry.name), Is.EqualTo(new[] { "scale", "embed.weight", "layers.0.weight", "layers.0.bias", "layers.1.weight", "layers.1.bias" }));
    }

    [Test]
    public void Tensors_without_gradient_are_buffers()
    {
        using var model = new TinyModel();

        Assert.That(model.named_buffers().Select(entry => entry.name), Is.EqualTo(new[] { "positions" }));
    }

    [Test]
    public void The_state_has_every_tensor_under_each_of_its_names()
    {
        using var model = new TinyModel();

        Assert.That(model.state_dict().Keys, Is.EquivalentTo(new[] { "scale", "positions", "embed.weight", "layers.0.weight", "layers.0.bias", "layers.1.weight", "layers.1.bias", "head.weight" }));
        Assert.That(model.state_dict()["head.weight"].Handle, Is.EqualTo(model.state_dict()["embed.weight"].Handle));
    }

    [Test]
    public void A_shared_parameter_comes_once()
    {
        using var model = new TinyModel();

        Assert.That(model.parameters().Count(parameter => parameter.Handle == model.state_dict()["embed.weight"].Handle), Is.EqualTo(1));
    }

    [Test]
    public void Fields_of_base_classes_come_first_and_once()
    {
        using var model = new Derived();

        Assert.That(model.named_parameters().Select(entry => entry.name), Is.EqualTo(new[] { "base", "derived" }));
    }

    [Test]
    public void A_field_without_a_name_is_an_error()
    {
        var thrown = Assert.Throws<InvalidOperationException>(() => new Nameless());

        Assert.That(thrown.Message, Is.EqualTo("Field '_weight' of 'Nameless' has no name for checkpoints; give it a [ComponentName]."));
    }

    [Test]
    public void Modules_in_an_array_are_not_lost_silently()
    {
        var thrown = Assert.Throws<InvalidOperationException>(() => new WithArray(registers: false));

        Assert.That(thrown.Message, Does.Contain("Field '_layers' of 'WithArray' holds modules that nothing would find; use a ModuleList"));
        using var registered = new WithArray(registers: true);
        Assert.That(registered.parameters().Count(), Is.EqualTo(1));
    }

    [Test]
    public void Parameters_outlive_the_scope_they_were_made_in()
    {
        TinyModel model;
        using (torch.NewDisposeScope())
        {
            model = new TinyModel();
        }

        Assert.That(model.parameters(), Has.All.Matches<Tensor>(parameter => !parameter.IsInvalid));

        var kept = model.parameters().ToArray();
        model.Dispose();
        Assert.That(kept, Has.All.Matches<Tensor>(parameter => parameter.IsInvalid));
    }

    [Test]
    public void Training_and_evaluation_reach_every_module()
    {
        using var model = new TinyModel();

        model.eval();
        Assert.That(model.Layers.All(layer => !layer.training) && !model.training);

        model.train();
        Assert.That(model.Layers.All(layer => layer.training) && model.training);
    }

    [Test]
    public void Gradients_are_dropped()
    {
        using var model = new TinyModel();
        model.parameters().First().sum().backward();

        model.zero_grad();

        Assert.That(model.parameters(), Has.All.Matches<Tensor>(parameter => parameter.grad is null));
    }

    [Test]
    public void Only_tensors_and_modules_are_components()
    {
        var thrown = Assert.Throws<ArgumentException>(() => new WrongComponent());

        Assert.That(thrown.Message, Does.Contain("'String'"));
    }

    private sealed class TinyModel : Module
    {
        [ComponentName(Name = "scale")]
        private readonly Tensor _scale = torch.ones([1], requires_grad: true);

        [ComponentName(Name = "positions")]
        private readonly Tensor _positions = torch.arange(4);

        [ComponentName(Name = "embed")]
        private readonly Embedding _embedding = new(5, 3);

        [ComponentName(Name = "layers")]
        private readonly ModuleList<Linear> _layers = new([new Linear(3, 3), new Linear(3, 3)]);

        [ComponentName(Name = "head")]
        private readonly Head _head;

        [ComponentName(Name = "missing")]
        private readonly Tensor? _missing = null;

        public TinyModel()
        {
            _head = new Head(_embedding.weight.alias());
            RegisterComponents();
            _ = (_scale, _positions, _missing);
        }

        public IReadOnlyList<Linear> Layers => _layers;
    }

    private sealed class Head : Module
    {
        [ComponentName(Name = "weight")]
        private readonly Tensor _weight;

        public Head(Tensor weight)
        {
            _weight = weight;
            RegisterComponents();
            _ = _weight;
        }
    }

    private class Base : Module
    {
        [ComponentName(Name = "base")]
        private readonly Tensor _base = torch.ones([1], requires_grad: true);

        public Base()
        {
            RegisterComponents();
            _ = _base;
        }
    }

    private sealed class Derived : Base
    {
        [ComponentName(Name = "derived")]
        private readonly Tensor _derived;

        public Derived()
        {
            _derived = torch.ones([1], requires_grad: true);
            RegisterComponents();
            _ = _derived;
        }
    }

    private sealed class Nameless : Module
    {
        private readonly Tensor _weight = torch.ones([1], requires_grad: true);

        public Nameless()
        {
            RegisterComponents();
            _ = _weight;
        }
    }

    private sealed class WithArray : Module
    {
        private readonly Linear[] _layers = [new(1, 1, bias: false)];

        public WithArray(bool registers)
        {
            if (registers)
            {
                Register("layer", _layers[0]);
            }

            RegisterComponents();
        }
    }

    private sealed class WrongComponent : Module
    {
        public WrongComponent()
        {
            Register("text", "text");
        }
    }
}
