namespace Granary.EndToEnd.Tests;

/// <summary>Whole runs on text of models that fill hidden positions.</summary>
public sealed class FillingRunTests
{
    [TestCase("{type: past, hidden_size: 32, num_hidden_layers: 1, num_attention_heads: 2, max_position_embeddings: 64}", "{type: mlm-u}")]
    [TestCase("{type: llama, hidden_size: 32, num_hidden_layers: 1, num_attention_heads: 2, max_position_embeddings: 64}", "{type: mlm-u, hidden: mask-token, norm: elbo}")]
    public void A_run_trains_measures_its_own_loss_and_leaves_out_what_reads_from_left_to_right(string model, string objective)
    {
        using var run = new TinyRun();

        var result = run.Granary("run", TinyRun.Config, "--set", $"model={model}", "--set", $"objective={objective}", "--set", "training.evaluate_every_steps=20");
        var sample = run.Granary("sample", "--model", "runs/tiny", "--prompt", "ba");

        Assert.That(result.ExitCode, Is.Zero, result.ToString());
        Assert.That(result.Output, Does.Contain("of 'mlm-u' itself over").And.Contain("sample and export are left out"));
        Assert.That(run["runs", "tiny", "export"], Does.Not.Exist);
        Assert.That(sample.ExitCode, Is.EqualTo(1), sample.ToString());
        Assert.That(sample.Error, Does.Contain("to fill hidden positions"));
    }
}
