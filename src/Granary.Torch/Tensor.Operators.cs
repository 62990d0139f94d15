using Granary.Torch.Operators;

namespace Granary.Torch;

// The methods TorchSharp's users know, each one call of the dispatcher. A trailing underscore changes the tensor itself.
public sealed unsafe partial class Tensor
{
    /// <summary>The elementwise sum; shapes broadcast.</summary>
    public Tensor add(Tensor other) => Aten.Add.Call(this, other);

    /// <summary>The elementwise sum with a number.</summary>
    public Tensor add(double other) => Aten.AddScalar.Call(this, other);

    /// <summary>The elementwise sum with an integer; integers stay integers.</summary>
    public Tensor add(long other) => Aten.AddScalar.Call(this, other);

    /// <summary>Replaces the elements by the sum.</summary>
    public Tensor add_(Tensor other) => Aten.AddInPlace.CallInPlace(this, other);

    /// <summary>Replaces the elements by the sum with a number.</summary>
    public Tensor add_(double other) => Aten.AddScalarInPlace.CallInPlace(this, other);

    /// <summary>Replaces the elements by the sum with an integer.</summary>
    public Tensor add_(long other) => Aten.AddScalarInPlace.CallInPlace(this, other);

    /// <summary>The elementwise sum.</summary>
    public static Tensor operator +(Tensor left, Tensor right) => left.add(right);

    /// <summary>The elementwise sum.</summary>
    public static Tensor operator +(Tensor left, double right) => left.add(right);

    /// <summary>The elementwise sum; integers stay integers.</summary>
    public static Tensor operator +(Tensor left, long right) => left.add(right);

    /// <summary>The elementwise difference; shapes broadcast.</summary>
    public Tensor sub(Tensor other) => Aten.Sub.Call(this, other);

    /// <summary>The elementwise difference with a number.</summary>
    public Tensor sub(double other) => Aten.SubScalar.Call(this, other);

    /// <summary>The elementwise difference with an integer; integers stay integers.</summary>
    public Tensor sub(long other) => Aten.SubScalar.Call(this, other);

    /// <summary>Replaces the elements by the difference.</summary>
    public Tensor sub_(Tensor other) => Aten.SubInPlace.CallInPlace(this, other);

    /// <summary>Replaces the elements by the difference with a number.</summary>
    public Tensor sub_(double other) => Aten.SubScalarInPlace.CallInPlace(this, other);

    /// <summary>Replaces the elements by the difference with an integer.</summary>
    public Tensor sub_(long other) => Aten.SubScalarInPlace.CallInPlace(this, other);

    /// <summary>The elementwise difference.</summary>
    public static Tensor operator -(Tensor left, Tensor right) => left.sub(right);

    /// <summary>The elementwise difference.</summary>
    public static Tensor operator -(Tensor left, double right) => left.sub(right);

    /// <summary>The elementwise difference; integers stay integers.</summary>
    public static Tensor operator -(Tensor left, long right) => left.sub(right);

    /// <summary>The elementwise product; shapes broadcast.</summary>
    public Tensor mul(Tensor other) => Aten.Mul.Call(this, other);

    /// <summary>The elementwise product with a number.</summary>
    public Tensor mul(double other) => Aten.MulScalar.Call(this, other);

    /// <summary>The elementwise product with an integer; integers stay integers.</summary>
    public Tensor mul(long other) => Aten.MulScalar.Call(this, other);

    /// <summary>Replaces the elements by the product.</summary>
    public Tensor mul_(Tensor other) => Aten.MulInPlace.CallInPlace(this, other);

    /// <summary>Replaces the elements by the product with a number.</summary>
    public Tensor mul_(double other) => Aten.MulScalarInPlace.CallInPlace(this, other);

    /// <summary>Replaces the elements by the product with an integer.</summary>
    public Tensor mul_(long other) => Aten.MulScalarInPlace.CallInPlace(this, other);

    /// <summary>The elementwise product.</summary>
    public static Tensor operator *(Tensor left, Tensor right) => left.mul(right);

    /// <summary>The elementwise product.</summary>
    public static Tensor operator *(Tensor left, double right) => left.mul(right);

    /// <summary>The elementwise product; integers stay integers.</summary>
    public static Tensor operator *(Tensor left, long right) => left.mul(right);

    /// <summary>The elementwise quotient; shapes broadcast.</summary>
    public Tensor div(Tensor other) => Aten.Div.Call(this, other);

    /// <summary>The elementwise quotient with a number.</summary>
    public Tensor div(double other) => Aten.DivScalar.Call(this, other);

    /// <summary>Replaces the elements by the quotient.</summary>
    public Tensor div_(Tensor other) => Aten.DivInPlace.CallInPlace(this, other);

    /// <summary>Replaces the elements by the quotient with a number.</summary>
    public Tensor div_(double other) => Aten.DivScalarInPlace.CallInPlace(this, other);

    /// <summary>The elementwise quotient.</summary>
    public static Tensor operator /(Tensor left, Tensor right) => left.div(right);

    /// <summary>The elementwise quotient.</summary>
    public static Tensor operator /(Tensor left, double right) => left.div(right);

    /// <summary>The sum of other and this, other times a factor.</summary>
    public Tensor add(Tensor other, double alpha) => Aten.Add.Call(this, other, alpha);

    /// <summary>Adds other times a factor.</summary>
    public Tensor add_(Tensor other, double alpha) => Aten.AddInPlace.CallInPlace(this, other, alpha);

    /// <summary>The elementwise sum.</summary>
    public static Tensor operator +(double left, Tensor right) => right.add(left);

    /// <summary>The elementwise sum; integers stay integers.</summary>
    public static Tensor operator +(long left, Tensor right) => right.add(left);

    /// <summary>The elementwise product.</summary>
    public static Tensor operator *(double left, Tensor right) => right.mul(left);

    /// <summary>The elementwise product; integers stay integers.</summary>
    public static Tensor operator *(long left, Tensor right) => right.mul(left);

    /// <summary>The elementwise difference.</summary>
    public static Tensor operator -(double left, Tensor right) => right.neg().add(left);

    /// <summary>The elementwise difference; integers stay integers.</summary>
    public static Tensor operator -(long left, Tensor right) => right.neg().add(left);

    /// <summary>The elements with the opposite sign.</summary>
    public static Tensor operator -(Tensor value) => value.neg();

    /// <summary>The elements with the opposite sign.</summary>
    public Tensor neg() => Aten.Neg.Call(this);

    /// <summary>The magnitudes.</summary>
    public Tensor abs() => Aten.Abs.Call(this);

    /// <summary>e to each element.</summary>
    public Tensor exp() => Aten.Exp.Call(this);

    /// <summary>The natural logarithms.</summary>
    public Tensor log() => Aten.Log.Call(this);

    /// <summary>The square roots.</summary>
    public Tensor sqrt() => Aten.Sqrt.Call(this);

    /// <summary>One over the square roots.</summary>
    public Tensor rsqrt() => Aten.Rsqrt.Call(this);

    /// <summary>The sines.</summary>
    public Tensor sin() => Aten.Sin.Call(this);

    /// <summary>The cosines.</summary>
    public Tensor cos() => Aten.Cos.Call(this);

    /// <summary>The hyperbolic tangents.</summary>
    public Tensor tanh() => Aten.Tanh.Call(this);

    /// <summary>1 / (1 + exp(-x)).</summary>
    public Tensor sigmoid() => Aten.Sigmoid.Call(this);

    /// <summary>The elements, negative ones replaced by zero.</summary>
    public Tensor relu() => Aten.Relu.Call(this);

    /// <summary>x * sigmoid(x).</summary>
    public Tensor silu() => Aten.Silu.Call(this);

    /// <summary>The squares.</summary>
    public Tensor square() => Aten.Square.Call(this);

    /// <summary>The error function.</summary>
    public Tensor erf() => Aten.Erf.Call(this);

    /// <summary>The next integers below.</summary>
    public Tensor floor() => Aten.Floor.Call(this);

    /// <summary>Which elements are not a number.</summary>
    public Tensor isnan() => Aten.Isnan.Call(this);

    /// <summary>Which elements are finite.</summary>
    public Tensor isfinite() => Aten.Isfinite.Call(this);

    /// <summary>Which elements are zero.</summary>
    public Tensor logical_not() => Aten.LogicalNot.Call(this);

    /// <summary>One over each element.</summary>
    public Tensor reciprocal() => Aten.Reciprocal.Call(this);

    /// <summary>The nearest integers, halves to even.</summary>
    public Tensor round() => Aten.Round.Call(this);

    /// <summary>The transpose of a matrix.</summary>
    public Tensor t() => Aten.T.Call(this);

    /// <summary>Sets every element to zero.</summary>
    public Tensor zero_() => Aten.ZeroInPlace.CallInPlace(this);

    /// <summary>Replaces negative elements by zero.</summary>
    public Tensor relu_() => Aten.ReluInPlace.CallInPlace(this);

    /// <summary>Changes every sign.</summary>
    public Tensor neg_() => Aten.NegInPlace.CallInPlace(this);

    /// <summary>Replaces each element by e to it.</summary>
    public Tensor exp_() => Aten.ExpInPlace.CallInPlace(this);

    /// <summary>Replaces the elements by their square roots.</summary>
    public Tensor sqrt_() => Aten.SqrtInPlace.CallInPlace(this);

    /// <summary>Sets every element to a number.</summary>
    public Tensor fill_(double value) => Aten.FillInPlace.CallInPlace(this, value);

    /// <summary>The Gaussian error linear unit; approximate is "none" (erf) or "tanh".</summary>
    public Tensor gelu(string approximate = "none") => Aten.Gelu.Call(this, approximate);

    /// <summary>The elements to a power.</summary>
    public Tensor pow(double exponent) => Aten.PowScalar.Call(this, exponent);

    /// <summary>The elements, held between two bounds.</summary>
    public Tensor clamp(double? min = null, double? max = null) => Aten.Clamp.Call(this, min, max);

    /// <summary>The elements, held between two bounds; integers stay integers.</summary>
    public Tensor clamp(long? min = null, long? max = null) => Aten.Clamp.Call(this, min, max);

    /// <summary>The larger of two elements each.</summary>
    public Tensor maximum(Tensor other) => Aten.Maximum.Call(this, other);

    /// <summary>The smaller of two elements each.</summary>
    public Tensor minimum(Tensor other) => Aten.Minimum.Call(this, other);

    /// <summary>Moves the elements towards another tensor's by a share.</summary>
    public Tensor lerp_(Tensor end, double weight) => Aten.LerpScalarInPlace.CallInPlace(this, end, weight);

    /// <summary>Adds value * first * second.</summary>
    public Tensor addcmul_(Tensor first, Tensor second, double value = 1) => Aten.AddcmulInPlace.CallInPlace(this, first, second, value);

    /// <summary>Adds value * numerator / denominator.</summary>
    public Tensor addcdiv_(Tensor numerator, Tensor denominator, double value = 1) => Aten.AddcdivInPlace.CallInPlace(this, numerator, denominator, value);

    /// <summary>The matrix product, batched over leading dims.</summary>
    public Tensor matmul(Tensor other) => Aten.Matmul.Call(this, other);

    /// <summary>The product of two matrices.</summary>
    public Tensor mm(Tensor other) => Aten.Mm.Call(this, other);

    /// <summary>The products of two batches of matrices.</summary>
    public Tensor bmm(Tensor other) => Aten.Bmm.Call(this, other);

    /// <summary>beta * this + alpha * first x second.</summary>
    public Tensor addmm(Tensor first, Tensor second, double beta = 1, double alpha = 1) => Aten.Addmm.Call(this, first, second, beta, alpha);

    /// <summary>Becomes beta * this + alpha * first x second.</summary>
    public Tensor addmm_(Tensor first, Tensor second, double beta = 1, double alpha = 1) => Aten.AddmmInPlace.CallInPlace(this, first, second, beta, alpha);

    /// <summary>The sum of all elements.</summary>
    public Tensor sum() => Aten.Sum.Call(this);

    /// <summary>The sums along dims.</summary>
    public Tensor sum(long[] dim, bool keepdim = false, ScalarType? type = null) => Aten.SumDims.Call(this, dim, keepdim, type);

    /// <summary>The sums along a dim.</summary>
    public Tensor sum(long dim, bool keepdim = false, ScalarType? type = null) => Aten.SumDims.Call(this, dim, keepdim, type);

    /// <summary>The mean of all elements.</summary>
    public Tensor mean() => Aten.Mean.Call(this);

    /// <summary>The means along dims.</summary>
    public Tensor mean(long[] dim, bool keepdim = false, ScalarType? type = null) => Aten.MeanDims.Call(this, dim, keepdim, type);

    /// <summary>The means along a dim.</summary>
    public Tensor mean(long dim, bool keepdim = false, ScalarType? type = null) => Aten.MeanDims.Call(this, dim, keepdim, type);

    /// <summary>The variances along dims.</summary>
    public Tensor var(long[] dim, bool unbiased = true, bool keepdim = false) => Aten.VarDims.Call(this, dim, unbiased, keepdim);

    /// <summary>The largest element.</summary>
    public Tensor max() => Aten.Max.Call(this);

    /// <summary>The smallest element.</summary>
    public Tensor min() => Aten.Min.Call(this);

    /// <summary>The largest elements along a dim and where they are.</summary>
    public (Tensor values, Tensor indices) max(long dim, bool keepdim = false) => Aten.MaxDim.CallPair(this, dim, keepdim);

    /// <summary>The largest elements along dims.</summary>
    public Tensor amax(long[] dim, bool keepdim = false) => Aten.Amax.Call(this, dim, keepdim);

    /// <summary>Where the largest element along a dim is.</summary>
    public Tensor argmax(long? dim = null, bool keepdim = false) => Aten.Argmax.Call(this, dim, keepdim);

    /// <summary>Where the smallest element along a dim is.</summary>
    public Tensor argmin(long? dim = null, bool keepdim = false) => Aten.Argmin.Call(this, dim, keepdim);

    /// <summary>Whether any element is true.</summary>
    public Tensor any() => Aten.Any.Call(this);

    /// <summary>Whether all elements are true.</summary>
    public Tensor all() => Aten.All.Call(this);

    /// <summary>The running sums along a dim.</summary>
    public Tensor cumsum(long dim, ScalarType? type = null) => Aten.Cumsum.Call(this, dim, type);

    /// <summary>The p-norm of all elements.</summary>
    public Tensor norm(double p = 2) => Aten.Norm.Call(this, p);

    /// <summary>The logarithm of the sum of the exponentials along dims.</summary>
    public Tensor logsumexp(long[] dim, bool keepdim = false) => Aten.Logsumexp.Call(this, dim, keepdim);

    /// <summary>The softmax along a dim.</summary>
    public Tensor softmax(long dim, ScalarType? type = null) => Aten.Softmax.Call(this, dim, type);

    /// <summary>The logarithm of the softmax along a dim.</summary>
    public Tensor log_softmax(long dim, ScalarType? type = null) => Aten.LogSoftmax.Call(this, dim, type);

    /// <summary>The k largest elements along a dim and where they are.</summary>
    public (Tensor values, Tensor indices) topk(long k, long dim = -1, bool largest = true, bool sorted = true) => Aten.Topk.CallPair(this, k, dim, largest, sorted);

    /// <summary>The elements in order along a dim and where they were.</summary>
    public (Tensor values, Tensor indices) sort(long dim = -1, bool descending = false) => Aten.Sort.CallPair(this, dim, descending);

    /// <summary>Indices drawn in proportion to each row's weights.</summary>
    public Tensor multinomial(long num_samples, bool replacement = false, Generator? generator = null) => Aten.Multinomial.Call(this, num_samples, replacement, generator);

    /// <summary>Which elements are equal.</summary>
    public Tensor eq(Tensor other) => Aten.Eq.Call(this, other);

    /// <summary>Which elements are equal against a number.</summary>
    public Tensor eq(double other) => Aten.EqScalar.Call(this, other);

    /// <summary>Which elements are different.</summary>
    public Tensor ne(Tensor other) => Aten.Ne.Call(this, other);

    /// <summary>Which elements are different against a number.</summary>
    public Tensor ne(double other) => Aten.NeScalar.Call(this, other);

    /// <summary>Which elements are smaller.</summary>
    public Tensor lt(Tensor other) => Aten.Lt.Call(this, other);

    /// <summary>Which elements are smaller against a number.</summary>
    public Tensor lt(double other) => Aten.LtScalar.Call(this, other);

    /// <summary>Which elements are smaller or equal.</summary>
    public Tensor le(Tensor other) => Aten.Le.Call(this, other);

    /// <summary>Which elements are smaller or equal against a number.</summary>
    public Tensor le(double other) => Aten.LeScalar.Call(this, other);

    /// <summary>Which elements are larger.</summary>
    public Tensor gt(Tensor other) => Aten.Gt.Call(this, other);

    /// <summary>Which elements are larger against a number.</summary>
    public Tensor gt(double other) => Aten.GtScalar.Call(this, other);

    /// <summary>Which elements are larger or equal.</summary>
    public Tensor ge(Tensor other) => Aten.Ge.Call(this, other);

    /// <summary>Which elements are larger or equal against a number.</summary>
    public Tensor ge(double other) => Aten.GeScalar.Call(this, other);

    /// <summary>Which elements are true in both.</summary>
    public Tensor logical_and(Tensor other) => Aten.LogicalAnd.Call(this, other);

    /// <summary>Which elements are true in either.</summary>
    public Tensor logical_or(Tensor other) => Aten.LogicalOr.Call(this, other);

    /// <summary>Whether shapes and all elements are the same.</summary>
    public bool equal(Tensor other) => Aten.Equal.CallInteger(this, other) != 0;

    /// <summary>Whether all elements are within rtol * |other| + atol.</summary>
    public bool allclose(Tensor other, double rtol = 1e-5, double atol = 1e-8) => Aten.Allclose.CallInteger(this, other, rtol, atol) != 0;

    /// <summary>The same memory under another shape.</summary>
    public Tensor view(params long[] shape) => Aten.View.Call(this, shape);

    /// <summary>Another shape, copied only where it must be.</summary>
    public Tensor reshape(params long[] shape) => Aten.Reshape.Call(this, shape);

    /// <summary>Several dims joined to one.</summary>
    public Tensor flatten(long start_dim = 0, long end_dim = -1) => Aten.Flatten.Call(this, start_dim, end_dim);

    /// <summary>Two dims exchanged.</summary>
    public Tensor transpose(long dim0, long dim1) => Aten.Transpose.Call(this, dim0, dim1);

    /// <summary>The dims in another order.</summary>
    public Tensor permute(params long[] dims) => Aten.Permute.Call(this, dims);

    /// <summary>Dims of size 1 repeated without memory.</summary>
    public Tensor expand(params long[] sizes) => Aten.Expand.Call(this, sizes);

    /// <summary>The shape without a dim of size 1.</summary>
    public Tensor squeeze(long dim) => Aten.Squeeze.Call(this, dim);

    /// <summary>The shape with a further dim of size 1.</summary>
    public Tensor unsqueeze(long dim) => Aten.Unsqueeze.Call(this, dim);

    /// <summary>The elements in row-major order, copied only where they are not.</summary>
    public Tensor contiguous() => Aten.Contiguous.Call(this);

    /// <summary>A range of a dim; shares memory.</summary>
    public Tensor narrow(long dim, long start, long length) => Aten.Narrow.Call(this, dim, start, length);

    /// <summary>One index of a dim, which goes; shares memory.</summary>
    public Tensor select(long dim, long index) => Aten.Select.Call(this, dim, index);

    /// <summary>Every step-th index of a dim; shares memory.</summary>
    public Tensor slice(long dim, long? start, long? end, long step = 1) => Aten.Slice.Call(this, dim, start, end, step);

    /// <summary>Pieces of a size along a dim; they share memory.</summary>
    public Tensor[] split(long split_size, long dim = 0) => Aten.Split.CallList(this, split_size, dim)!;

    /// <summary>At most so many equal pieces along a dim; they share memory.</summary>
    public Tensor[] chunk(long chunks, long dim = 0) => Aten.Chunk.CallList(this, chunks, dim)!;

    /// <summary>The tensor laid side by side along each dim.</summary>
    public Tensor repeat(params long[] repeats) => Aten.Repeat.Call(this, repeats);

    /// <summary>Each index of a dim several times in a row.</summary>
    public Tensor repeat_interleave(long repeats, long? dim = null) => Aten.RepeatInterleave.Call(this, repeats, dim);

    /// <summary>The part on and above a diagonal.</summary>
    public Tensor triu(long diagonal = 0) => Aten.Triu.Call(this, diagonal);

    /// <summary>The part on and below a diagonal.</summary>
    public Tensor tril(long diagonal = 0) => Aten.Tril.Call(this, diagonal);

    /// <summary>The order along dims reversed.</summary>
    public Tensor flip(params long[] dims) => Aten.Flip.Call(this, dims);

    /// <summary>Rows of a dim by index.</summary>
    public Tensor index_select(long dim, Tensor index) => Aten.IndexSelect.Call(this, dim, index);

    /// <summary>One element along a dim for each index.</summary>
    public Tensor gather(long dim, Tensor index) => Aten.Gather.Call(this, dim, index);

    /// <summary>Adds rows of source at indices of a dim.</summary>
    public Tensor index_add_(long dim, Tensor index, Tensor source, double alpha = 1) => Aten.IndexAddInPlace.CallInPlace(this, dim, index, source, alpha);

    /// <summary>Writes rows of source at indices of a dim.</summary>
    public Tensor index_copy_(long dim, Tensor index, Tensor source) => Aten.IndexCopyInPlace.CallInPlace(this, dim, index, source);

    /// <summary>Writes a number at indices along a dim.</summary>
    public Tensor scatter_(long dim, Tensor index, double value) => Aten.ScatterInPlace.CallInPlace(this, dim, index, value);

    /// <summary>A number where the mask is true.</summary>
    public Tensor masked_fill(Tensor mask, double value) => Aten.MaskedFill.Call(this, mask, value);

    /// <summary>Writes a number where the mask is true.</summary>
    public Tensor masked_fill_(Tensor mask, double value) => Aten.MaskedFillInPlace.CallInPlace(this, mask, value);

    /// <summary>Elements by index tensors, one for each dim; null takes a dim whole.</summary>
    public Tensor index(params Tensor?[] indices) => Aten.IndexTensors.Call(this, indices);

    /// <summary>The elements as another type; the tensor itself where it is of that type.</summary>
    public Tensor to(ScalarType type, bool non_blocking = false, bool copy = false) => Aten.ToType.Call(this, type, non_blocking, copy);

    /// <summary>The tensor on a device and of a type.</summary>
    public Tensor to(Device device, ScalarType type, bool non_blocking = false, bool copy = false) => Aten.ToDevice.Call(this, device, type, non_blocking, copy);

    /// <summary>The tensor on a device.</summary>
    public Tensor to(Device device, bool non_blocking = false) => Aten.ToDevice.Call(this, device, dtype, non_blocking);

    /// <summary>The tensor in main memory.</summary>
    public Tensor cpu() => to(torch.CPU);

    /// <summary>A copy with memory of its own.</summary>
    public Tensor clone() => Aten.Clone.Call(this);

    /// <summary>Takes over another tensor's elements, converted.</summary>
    public Tensor copy_(Tensor source, bool non_blocking = false) => Aten.CopyInPlace.CallInPlace(this, source, non_blocking);

    /// <summary>The only element; waits for the device.</summary>
    public double item() => Aten.Item.CallNumber(this);

    /// <summary>The only element as an integer; waits for the device.</summary>
    public long item_int64() => Aten.Item.CallInteger(this);

    /// <summary>Draws every element from a normal distribution.</summary>
    public Tensor normal_(double mean = 0, double std = 1, Generator? generator = null) => Aten.NormalInPlace.CallInPlace(this, mean, std, generator);

    /// <summary>Draws every element evenly from a range.</summary>
    public Tensor uniform_(double from = 0, double to = 1, Generator? generator = null) => Aten.UniformInPlace.CallInPlace(this, from, to, generator);

    /// <summary>Draws every element as 1 with a probability, else 0.</summary>
    public Tensor bernoulli_(double p = 0.5, Generator? generator = null) => Aten.BernoulliInPlace.CallInPlace(this, p, generator);
}
