using Granary.Core.Configuration;

namespace Granary.Models.Generation.Tests;

public sealed class GenerationConfigTests
{
    [Test]
    public void The_defaults_are_valid()
    {
        Assert.That(Faults(new GenerationConfig()), Is.Empty);
    }

    [Test]
    public void Validation_reports_every_fault()
    {
        var config = new GenerationConfig { MaxNewTokens = 0, Temperature = 0, TopK = -1, TopP = 1.5, RepetitionPenalty = double.NaN, StopTokenIds = [3, -1] };

        Assert.That(Faults(config), Is.EqualTo(new[]
        {
            "'sample.max_new_tokens' is '0' but must be 1 or more.",
            "'sample.temperature' is '0' but must be greater than 0 (for the likeliest token set do_sample to false).",
            "'sample.top_k' is '-1' but must be 0 (all) or more.",
            "'sample.top_p' is '1.5' but must be greater than 0 and at most 1 (all).",
            "'sample.repetition_penalty' is 'NaN' but must be greater than 0.",
            "'sample.stop_token_ids.1' is '-1' but must be 0 or more.",
        }));
    }

    private static IReadOnlyList<string> Faults(GenerationConfig config)
    {
        var errors = new ConfigurationErrors();
        config.Validate("sample", errors);
        return errors.Errors;
    }
}
