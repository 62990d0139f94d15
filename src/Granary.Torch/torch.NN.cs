using Granary.Torch.Operators;

namespace Granary.Torch;

public static unsafe partial class torch
{
    /// <summary>Modules and their functions.</summary>
    public static class nn
    {
        /// <summary>A linear layer.</summary>
        public static Modules.Linear Linear(long in_features, long out_features, bool hasBias = true) => new(in_features, out_features, hasBias);

        /// <summary>An embedding table.</summary>
        public static Modules.Embedding Embedding(long num_embeddings, long embedding_dim) => new(num_embeddings, embedding_dim);

        /// <summary>A layer normalisation.</summary>
        public static Modules.LayerNorm LayerNorm(long normalized_shape, double eps = 1e-5) => new(normalized_shape, eps);

        /// <summary>A root-mean-square normalisation.</summary>
        public static Modules.RMSNorm RMSNorm(long normalized_shape, double eps = 1e-5) => new(normalized_shape, eps);

        /// <summary>A dropout layer.</summary>
        public static Modules.Dropout Dropout(double p = 0.5) => new(p);

        /// <summary>What modules compute, without modules: plain compositions of operators.</summary>
        public static class functional
        {
            /// <summary>input W^T + b.</summary>
            public static Tensor linear(Tensor input, Tensor weight, Tensor? bias = null) => Aten.Linear.Call(input, weight, bias);

            /// <summary>A row of the table for each id.</summary>
            public static Tensor embedding(Tensor input, Tensor weight) => Aten.Embedding.Call(weight, input);

            /// <summary>Normalises the last dim.</summary>
            public static Tensor layer_norm(Tensor input, Tensor? weight, Tensor? bias, double eps = 1e-5) =>
                Aten.LayerNorm.Call(input, new[] { input.size(-1) }, weight, bias, eps);

            /// <summary>Divides the last dim by its root mean square: x * rsqrt(mean(x^2) + eps) * weight.</summary>
            public static Tensor rms_norm(Tensor input, Tensor weight, double eps = 1e-5) =>
                input.mul(input.square().mean(-1, keepdim: true).add_(eps).rsqrt()).mul(weight);

            /// <summary>The mean loss in nats over targets that are not ignore_index, from logits [N, V] and ids [N].</summary>
            public static Tensor cross_entropy(Tensor input, Tensor target, Reduction reduction = Reduction.Mean, long ignore_index = -100) =>
                Aten.CrossEntropy.Call(input, target, null as Tensor, (long)reduction, ignore_index);

            /// <summary>Zeros in place of a share p of the elements; the others divided by 1 - p.</summary>
            public static Tensor dropout(Tensor input, double p, bool training) => Aten.Dropout.Call(input, p, training);

            /// <summary>The softmax along a dim.</summary>
            public static Tensor softmax(Tensor input, long dim) => input.softmax(dim);

            /// <summary>x * sigmoid(x).</summary>
            public static Tensor silu(Tensor input) => input.silu();

            /// <summary>The Gaussian error linear unit.</summary>
            public static Tensor gelu(Tensor input, string approximate = "none") => input.gelu(approximate);
        }
    }
}
