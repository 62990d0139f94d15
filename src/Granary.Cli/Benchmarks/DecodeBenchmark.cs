using System.Text.Json.Nodes;
using Granary.Core.Randomness;
using Granary.Models.Decoder;
using Granary.Models.Generation;
using Granary.Models.Generation.Drafting;
using Granary.Torch.Kernels;

namespace Granary.Cli.Benchmarks;

/// <summary>
/// Times writing against what it costs at least, in turns: all weights that a token needs are read from memory once, then
/// a text is written one token a call, then the same text with guesses. Reading a prompt is not counted.
/// </summary>
internal sealed class DecodeBenchmark
{
    // Reads of a round, whose median counts: a model that is read in a millisecond would be timed by its first.
    private const int Reads = 5;

    private readonly DecoderModel _model;
    private readonly GenerationConfig _config;
    private readonly DraftMethod _method;
    private readonly TimeProvider _time;

    public DecodeBenchmark(DecoderModel model, GenerationConfig config, DraftMethod method, TimeProvider time)
    {
        (_model, _config, _method, _time) = (model, config, method, time);
    }

    /// <summary>The bytes of the weights that each token needs: all but tables of which it takes a row and heads further ahead.</summary>
    public long WeightBytes => 4 * Weights().Sum(weight => weight.numel());

    /// <summary>One JSON object a round; the prompts take turns.</summary>
    public IEnumerable<JsonObject> Run(IReadOnlyList<int[]> prompts, int rounds)
    {
        for (var round = 0; round < rounds; round++)
        {
            var prompt = prompts[round % prompts.Count];
            var read = ReadSeconds();
            var (plainIds, plain) = Write(prompt, DraftMethod.None, round);
            var result = new JsonObject
            {
                ["round"] = round,
                ["read_seconds"] = read,
                ["read_bytes_per_second"] = WeightBytes / read,
                ["plain_tokens"] = (double)plain.Tokens,
                ["plain_tokens_per_second"] = plain.TokensPerSecond,
                ["plain_over_read"] = 1 / (plain.TokensPerSecond * read),
            };
            if (_method != DraftMethod.None)
            {
                var (ids, drafted) = Write(prompt, _method, round);
                result["tokens_per_second"] = drafted.TokensPerSecond;
                result["accepted_length"] = drafted.AcceptedLength;
                result["speedup"] = drafted.TokensPerSecond / plain.TokensPerSecond;
                result["speedup_estimated"] = drafted.Speedup;
                result["is_equal"] = ids.SequenceEqual(plainIds);
            }

            yield return result;
        }
    }

    private double ReadSeconds()
    {
        var weights = Weights();
        var seconds = new List<double>();
        for (var read = 0; read < Reads; read++)
        {
            var begin = _time.GetTimestamp();
            _ = DecodeKernels.Read(weights);
            seconds.Add(_time.GetElapsedTime(begin).TotalSeconds);
        }

        return Median.Of(seconds);
    }

    private (List<int> Ids, GenerationTally Tally) Write(int[] prompt, DraftMethod method, int round)
    {
        var tally = new GenerationTally();
        var ids = new TextGenerator(_model, method, _time).Generate(prompt, _config, RandomKey.FromSeed(round), tally).Select(token => token.Id).ToList();
        return (ids, tally);
    }

    private List<Torch.Tensor> Weights()
    {
        return [.. _model.named_parameters().Where(entry => entry.name != "embed_positions" && !entry.name.StartsWith("ahead.", StringComparison.Ordinal) && (entry.name != "embed_tokens" || _model.Spec.TieWordEmbeddings)).Select(entry => entry.parameter)];
    }
}
