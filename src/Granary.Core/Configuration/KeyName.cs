using System.Text;

namespace Granary.Core.Configuration;

/// <summary>Turns C# names into the words of a file: <c>NumAttentionHeads</c> is <c>num_attention_heads</c>.</summary>
internal static class KeyName
{
    /// <summary>The snake_case form; digits stay with the word before them (<c>Beta2Decay</c> is <c>beta2_decay</c>).</summary>
    public static string FromPascal(string name)
    {
        var text = new StringBuilder(name.Length + 8);
        for (var i = 0; i < name.Length; i++)
        {
            if (i > 0 && char.IsUpper(name[i]) && StartsWord(name, i))
            {
                text.Append('_');
            }

            text.Append(char.ToLowerInvariant(name[i]));
        }

        return text.ToString();
    }

    /// <summary>The path of a key below a section; the outermost section's path is empty.</summary>
    public static string Join(string path, string key)
    {
        return path.Length == 0 ? key : $"{path}.{key}";
    }

    private static bool StartsWord(string name, int i)
    {
        // In a row of capitals only the last one starts a word: KVHeads is kv_heads.
        return !char.IsUpper(name[i - 1]) || (i + 1 < name.Length && char.IsLower(name[i + 1]));
    }
}
