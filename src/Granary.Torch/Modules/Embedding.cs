namespace Granary.Torch.Modules;

/// <summary>A row of a table for each id.</summary>
public sealed class Embedding : Module
{
    [ComponentName(Name = "weight")]
    private readonly Tensor _weight;

    /// <summary>Draws the table from the standard normal distribution, as PyTorch does.</summary>
    public Embedding(long num_embeddings, long embedding_dim, Generator? generator = null)
    {
        _weight = torch.randn([num_embeddings, embedding_dim], generator: generator).requires_grad_();
        RegisterComponents();
    }

    /// <summary>[ids, dim].</summary>
    public Tensor weight => _weight;

    /// <summary>[...] ids to [..., dim].</summary>
    public Tensor forward(Tensor input) => torch.nn.functional.embedding(input, _weight);
}
