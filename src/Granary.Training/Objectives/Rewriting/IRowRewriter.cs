using Granary.Core.Randomness;
using Granary.Data.Batching;

namespace Granary.Training.Objectives.Rewriting;

/// <summary>Changes rows before anything is predicted of them.</summary>
internal interface IRowRewriter
{
    /// <summary>Rows of the same shape. A row's draws come from the stream of its number in the step.</summary>
    BatchSlice Rewrite(BatchSlice rows, RandomKey key);
}
