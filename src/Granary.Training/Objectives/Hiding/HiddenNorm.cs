namespace Granary.Training.Objectives.Hiding;

/// <summary>What a mean over hidden positions is a mean of; each makes another loss of the same predictions.</summary>
public enum HiddenNorm
{
    /// <summary>Hidden positions of the whole step, as the maze paper: 2 / (T (T + 1)) * sum over k of k * m_k.</summary>
    Token,

    /// <summary>Rows, of the means over each row's hidden positions: 1 / T * sum over k of m_k, the any-order likelihood a token.</summary>
    Row,

    /// <summary>Positions that can be hidden, each hidden one weighing 1 / its probability of being so: the masked-diffusion bound a token.</summary>
    Elbo,
}
