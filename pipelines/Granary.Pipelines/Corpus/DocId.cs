using System.Text;

namespace Granary.Pipelines.Corpus;

/// <summary>
/// Names in XML documentation, such as M:System.Buffers.ArrayPool`1.Rent(System.Int32), made readable. The form is
/// that of the C# specification, annex D.4.2.
/// </summary>
internal static class DocId
{
    /// <summary>The type a member belongs to, or the type itself: System.Buffers.ArrayPool`1.</summary>
    public static string TypeOf(string id)
    {
        var name = NameOf(id);
        var dot = name.LastIndexOf('.');
        return id.StartsWith("T:", StringComparison.Ordinal) || id.StartsWith("N:", StringComparison.Ordinal) || dot < 0 ? name : name[..dot];
    }

    /// <summary>The full name of a type with its parameters: System.Buffers.ArrayPool&lt;T&gt;.</summary>
    public static string Heading(string type, IReadOnlyList<string> typeParameters)
    {
        return WithArity(type, typeParameters);
    }

    /// <summary>A member as it is written: Rent(int minimumLength).</summary>
    public static string Signature(string id, IReadOnlyList<string> typeParameters, IReadOnlyList<string> methodParameters, IReadOnlyList<string> parameters)
    {
        var name = NameOf(id);
        var type = TypeOf(id);
        var text = new StringBuilder();
        text.Append(ShortMember(name, type));
        if (methodParameters.Count > 0)
        {
            text.Append('<').AppendJoin(", ", methodParameters).Append('>');
        }

        var open = id.IndexOf('(');
        if (open < 0)
        {
            return id.StartsWith("M:", StringComparison.Ordinal) ? text.Append("()").ToString() : text.ToString();
        }

        var close = id.LastIndexOf(')');
        var reader = new TypeNameReader(id.AsSpan((open + 1)..(close < open ? id.Length : close)), typeParameters, methodParameters);
        text.Append('(');
        for (var i = 0; !reader.IsAtEnd; i++)
        {
            text.Append(i > 0 ? ", " : string.Empty);
            reader.ReadType(text, depth: 0);
            text.Append(i < parameters.Count ? $" {parameters[i]}" : string.Empty);
            reader.PassComma();
        }

        return text.Append(')').ToString();
    }

    /// <summary>A reference as prose has it: ArrayPool&lt;T&gt;.Rent; <paramref name="typeParameters"/> are its type's.</summary>
    public static string Short(string cref, IReadOnlyList<string> typeParameters)
    {
        var name = NameOf(cref);
        var kind = cref.Length > 1 && cref[1] == ':' ? cref[0] : '!';
        if (kind is 'N' or '!')
        {
            return name;
        }

        var type = TypeOf(cref);

        // From the first part with parameters on: Dictionary<TKey, TValue>.KeyCollection.
        var tick = type.IndexOf('`');
        var shortType = tick < 0 ? ShortType(type) : WithArity(type[(type.LastIndexOf('.', tick) + 1)..], typeParameters);
        var isConstructor = name.EndsWith("ctor", StringComparison.Ordinal) && name.Contains('#');
        return kind == 'T' || isConstructor ? shortType : $"{shortType}.{ShortMember(name, type)}";
    }

    /// <summary>The keyword for a type of the language, else its last name.</summary>
    internal static string ShortType(string name)
    {
        return name switch
        {
            "System.Boolean" => "bool",
            "System.Byte" => "byte",
            "System.Char" => "char",
            "System.Decimal" => "decimal",
            "System.Double" => "double",
            "System.Int16" => "short",
            "System.Int32" => "int",
            "System.Int64" => "long",
            "System.Object" => "object",
            "System.SByte" => "sbyte",
            "System.Single" => "float",
            "System.String" => "string",
            "System.UInt16" => "ushort",
            "System.UInt32" => "uint",
            "System.UInt64" => "ulong",
            "System.Void" => "void",
            _ => name[(name.LastIndexOf('.') + 1)..],
        };
    }

    private static string NameOf(string id)
    {
        var start = id.Length > 1 && id[1] == ':' ? 2 : 0;
        var end = id.AsSpan(start).IndexOfAny('(', '~');
        return end < 0 ? id[start..] : id.Substring(start, end);
    }

    private static string ShortMember(string name, string type)
    {
        // #ctor is a constructor; a '#' elsewhere stands for a dot in the name of an interface's member.
        var member = name.Length > type.Length ? name[(type.Length + 1)..] : name;
        if (member is "#ctor" or "#cctor")
        {
            var plain = type[(type.LastIndexOf('.') + 1)..];
            var tick = plain.IndexOf('`');
            return tick < 0 ? plain : plain[..tick];
        }

        var arity = member.IndexOf("``", StringComparison.Ordinal);
        member = arity < 0 ? member : member[..arity];
        return member[(member.LastIndexOf('#') + 1)..];
    }

    private static string WithArity(string type, IReadOnlyList<string> typeParameters)
    {
        if (!type.Contains('`'))
        {
            return type;
        }

        // Dictionary`2.KeyCollection: each part has a count of its own, and the names are those of all parts.
        var text = new StringBuilder();
        var used = 0;
        foreach (var part in type.Split('.'))
        {
            var tick = part.IndexOf('`');
            text.Append(text.Length > 0 ? "." : string.Empty).Append(tick < 0 ? part : part[..tick]);
            if (tick >= 0)
            {
                var count = int.TryParse(part.AsSpan(tick + 1), out var arity) && arity is > 0 and < 32 ? arity : 1;
                var names = Enumerable.Range(used, count).Select(i => i < typeParameters.Count ? typeParameters[i] : count == 1 ? "T" : $"T{i - used + 1}");
                text.Append('<').AppendJoin(", ", names).Append('>');
                used += count;
            }
        }

        return text.ToString();
    }

    /// <summary>Reads the types in a parameter list.</summary>
    private ref struct TypeNameReader
    {
        private const int MaxDepth = 32;

        private readonly IReadOnlyList<string> _typeParameters;
        private readonly IReadOnlyList<string> _methodParameters;
        private ReadOnlySpan<char> _rest;

        public TypeNameReader(ReadOnlySpan<char> text, IReadOnlyList<string> typeParameters, IReadOnlyList<string> methodParameters)
        {
            _rest = text;
            _typeParameters = typeParameters;
            _methodParameters = methodParameters;
        }

        public readonly bool IsAtEnd => _rest.IsEmpty;

        public void PassComma()
        {
            // What cannot be read is passed over whole, so that reading always ends.
            var comma = _rest.IndexOf(',');
            _rest = comma < 0 ? [] : _rest[(comma + 1)..];
        }

        public void ReadType(StringBuilder text, int depth)
        {
            var end = _rest.IndexOfAny("{}[]@*,^");
            end = end < 0 ? _rest.Length : end;
            var name = _rest[..end].ToString();
            _rest = _rest[end..];
            var isNullable = name == "System.Nullable" && _rest.StartsWith("{");
            if (!isNullable)
            {
                text.Append(NameOfType(name));
            }

            if (_rest.StartsWith("{") && depth < MaxDepth)
            {
                ReadArguments(text, depth, isNullable);
            }

            ReadSuffixes(text);
        }

        private void ReadArguments(StringBuilder text, int depth, bool isNullable)
        {
            text.Append(isNullable ? string.Empty : "<");
            var isFirst = true;
            while (!_rest.IsEmpty && _rest[0] != '}')
            {
                _rest = _rest[1..]; // the brace, or the comma
                text.Append(isFirst ? string.Empty : ", ");
                isFirst = false;
                ReadType(text, depth + 1);
                if (!_rest.IsEmpty && _rest[0] is not (',' or '}'))
                {
                    _rest = []; // not a type's name
                }
            }

            _rest = _rest.IsEmpty ? _rest : _rest[1..];
            text.Append(isNullable ? "?" : ">");
        }

        private void ReadSuffixes(StringBuilder text)
        {
            while (!_rest.IsEmpty && _rest[0] is '[' or '*' or '@')
            {
                if (_rest[0] == '[')
                {
                    var close = _rest.IndexOf(']');
                    close = close < 0 ? _rest.Length - 1 : close;
                    text.Append('[').Append(',', _rest[..close].Count(',')).Append(']');
                    _rest = _rest[close..];
                }
                else if (_rest[0] == '*')
                {
                    text.Append('*');
                }

                _rest = _rest[1..];
            }
        }

        private readonly string NameOfType(string name)
        {
            if (name.StartsWith("``", StringComparison.Ordinal))
            {
                return Parameter(name.AsSpan(2), _methodParameters);
            }

            return name.StartsWith('`') ? Parameter(name.AsSpan(1), _typeParameters) : ShortType(name);
        }

        private static string Parameter(ReadOnlySpan<char> index, IReadOnlyList<string> names)
        {
            return int.TryParse(index, out var i) && i >= 0 && i < names.Count ? names[i] : "T";
        }
    }
}
