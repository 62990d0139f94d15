namespace Granary.Distributed.Sequence;

/// <summary>What travels between ranks for a row part and heads of an owner.</summary>
public enum Payload
{
    /// <summary>q. An operand: a rank that sends it keeps it as long as it needs it.</summary>
    Queries,

    /// <summary>k and v. An operand.</summary>
    KeyValues,

    /// <summary>The gradient of out, with the whole softmax's lse and delta = rowsum(dout * out). An operand.</summary>
    OutputGradients,

    /// <summary>A partial out and its lse. A sum: blocks add to it, sending gives it away, and it is merged into the receiver's.</summary>
    Outputs,

    /// <summary>A partial dq. A sum.</summary>
    QueryGradients,

    /// <summary>A partial dk and dv. A sum.</summary>
    KeyValueGradients,
}
