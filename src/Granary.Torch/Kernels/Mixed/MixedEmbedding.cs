using Granary.Torch.Operators;

namespace Granary.Torch.Kernels.Mixed;

/// <summary>Rows of a float32 table by id, in float32 or bfloat16; their gradients are summed in float32, in the order of the ids.</summary>
public static class MixedEmbedding
{
    private static readonly Operator DenseBackward = Operator.Find("aten::embedding_dense_backward");

    /// <summary>[V, C] and int64 ids [N] to [N, C].</summary>
    public static Tensor Lookup(Tensor table_VC, Tensor ids_N, ScalarType type) => new Function(table_VC, type).apply(table_VC, ids_N)[0];

    private sealed class Function(Tensor table, ScalarType type) : AutogradFunction
    {
        protected override Tensor[] forward(Tensor[] inputs)
        {
            save_for_backward(inputs[1]);
            return [Aten.Embedding.Call(MixedValues.Of(table, type), inputs[1])];
        }

        protected override Tensor?[] backward(Tensor?[] gradients)
        {
            const long noPadding = -1;
            var wide_NC = gradients[0]!.to(ScalarType.Float32);
            return [GradientSink.Add(table, DenseBackward.Call(wide_NC, saved_tensors[0], table.size(0), noPadding, false)), null];
        }
    }
}
