using System.Text;
using System.Xml;

namespace Granary.Pipelines.Corpus;

/// <summary>
/// Makes a compiler's XML documentation readable text: a document a type, its members below it in the file's order,
/// with headings as in Markdown. Tags become words; nothing of the markup is left.
/// </summary>
internal sealed class XmlDocsReader : IDocumentReader
{
    private const int MaxDepth = 64;
    private const long MaxCharacters = 256 << 20; // of one file, whose types are held until its end

    private readonly TextLayout _layout = new();
    private readonly Dictionary<string, string> _shortNames = new(StringComparer.Ordinal);
    private readonly OrderedDictionary<string, TypePage> _pages = new(StringComparer.Ordinal);
    private readonly List<string> _parameters = [];
    private readonly List<string> _typeParameters = [];

    public int? LeadBytes => null;

    public void Read(Stream content, long offset, FilePart part, DocumentSink sink)
    {
        var settings = new XmlReaderSettings
        {
            DtdProcessing = DtdProcessing.Prohibit,
            XmlResolver = null,
            IgnoreComments = true,
            IgnoreProcessingInstructions = true,
            MaxCharactersInDocument = MaxCharacters,
        };
        using (var xml = XmlReader.Create(content, settings))
        {
            while (xml.Read())
            {
                if (xml.NodeType == XmlNodeType.Element && xml.Name == "member" && xml.GetAttribute("name") is { Length: > 0 } id)
                {
                    ReadMember(xml, id);
                }
            }
        }

        foreach (var page in _pages.Values)
        {
            // A type without a word of prose would be a list of names.
            var text = page.HasProse ? page.Text.Append('\n').ToString() : string.Empty;
            AddPage(sink, text, page.Line);
        }
    }

    private static void AddPage(DocumentSink sink, string text, long line)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        if (bytes.Length > sink.MaxDocumentBytes)
        {
            sink.DropTooLong("type", line, -1, bytes.Length);
        }
        else
        {
            sink.Add(bytes, line, offset: -1);
        }
    }

    private void ReadMember(XmlReader xml, string id)
    {
        var line = ((IXmlLineInfo)xml).LineNumber;
        _layout.Clear();
        _parameters.Clear();
        _typeParameters.Clear();
        if (!xml.IsEmptyElement)
        {
            ReadSections(xml);
        }

        var type = DocId.TypeOf(id);
        if (!_pages.TryGetValue(type, out var page))
        {
            page = new TypePage(line) { TypeParameters = ParametersOf(OuterOf(type)) };
            _pages.Add(type, page);
        }

        var isType = id.StartsWith("T:", StringComparison.Ordinal);
        if (isType)
        {
            // Some nested types document the parameters of the outer type again.
            var outer = ParametersOf(OuterOf(type));
            page.TypeParameters = _typeParameters.Take(outer.Count).SequenceEqual(outer) ? [.. _typeParameters] : [.. outer, .. _typeParameters];
        }

        if (isType || page.Text.Length == 0)
        {
            page.Text.Append(page.Text.Length > 0 ? "\n\n" : string.Empty).Append("# ").Append(DocId.Heading(type, page.TypeParameters));
        }

        if (!isType && _layout.Length > 0)
        {
            page.Text.Append("\n\n## ").Append(DocId.Signature(id, page.TypeParameters, _typeParameters, _parameters));
        }

        if (_layout.Length > 0)
        {
            page.Text.Append("\n\n");
            _layout.AppendTo(page.Text);
            page.HasProse = true;
        }
    }

    private void ReadSections(XmlReader xml)
    {
        var depth = xml.Depth;
        while (xml.Read() && xml.Depth > depth)
        {
            if (xml.NodeType == XmlNodeType.Element)
            {
                ReadSection(xml);
            }
            else
            {
                ReadText(xml);
            }
        }
    }

    private void ReadSection(XmlReader xml)
    {
        switch (xml.Name)
        {
            case "param":
                ReadNamed(xml, _parameters);
                break;
            case "typeparam":
                ReadNamed(xml, _typeParameters);
                break;
            case "returns" or "return":
                ReadLed(xml, "Returns: ");
                break;
            case "value":
                ReadLed(xml, "Value: ");
                break;
            case "exception":
                ReadLed(xml, $"Throws {ShortName(xml.GetAttribute("cref") ?? "an exception")}: ");
                break;
            case "example":
                ReadLed(xml, "Example: ");
                break;
            case "seealso":
                _layout.Break(1);
                _layout.Open("See also ");
                ReadElement(xml);
                _layout.Break(1);
                break;
            case "summary" or "remarks" or "remark" or "content":
                _layout.Break(2);
                ReadChildren(xml);
                _layout.Break(2);
                break;
            default:
                ReadElement(xml);
                break;
        }
    }

    private void ReadNamed(XmlReader xml, List<string> names)
    {
        var name = xml.GetAttribute("name") ?? "_";
        names.Add(name);
        ReadLed(xml, $"- {name}: ");
    }

    /// <summary>Reads an element behind some words; without content, the words are left out too.</summary>
    private void ReadLed(XmlReader xml, string lead)
    {
        if (xml.IsEmptyElement)
        {
            return;
        }

        _layout.Break(1);
        _layout.Open(lead);
        ReadChildren(xml);
        _layout.Break(1);
    }

    /// <summary>Reads what is in an element, to its end tag.</summary>
    private void ReadChildren(XmlReader xml)
    {
        if (xml.IsEmptyElement)
        {
            return;
        }

        var depth = xml.Depth;
        if (depth > MaxDepth)
        {
            throw new XmlException($"elements are nested deeper than {MaxDepth}", null, ((IXmlLineInfo)xml).LineNumber, ((IXmlLineInfo)xml).LinePosition);
        }

        while (xml.Read() && xml.Depth > depth)
        {
            if (xml.NodeType == XmlNodeType.Element)
            {
                ReadElement(xml);
            }
            else
            {
                ReadText(xml);
            }
        }
    }

    private void ReadText(XmlReader xml)
    {
        if (xml.NodeType is XmlNodeType.Text or XmlNodeType.CDATA or XmlNodeType.Whitespace or XmlNodeType.SignificantWhitespace)
        {
            _layout.Words(xml.Value);
        }
    }

    private void ReadElement(XmlReader xml)
    {
        switch (xml.Name)
        {
            case "see" or "seealso" or "a" or "xref":
                ReadReference(xml);
                break;
            case "paramref" or "typeparamref":
                _layout.Words(xml.GetAttribute("name") ?? string.Empty);
                ReadChildren(xml);
                break;
            case "c":
                _layout.Open("`");
                ReadChildren(xml);
                _layout.Close("`");
                break;
            case "code":
                _layout.Code(xml.IsEmptyElement ? string.Empty : TextOf(xml));
                break;
            case "para" or "p" or "div" or "ul" or "note":
                _layout.Break(2);
                ReadChildren(xml);
                _layout.Break(2);
                break;
            case "br":
                _layout.Break(1);
                ReadChildren(xml);
                break;
            case "list":
                ReadList(xml);
                break;
            case "li":
                ReadItem(xml, "- ");
                break;
            case "inheritdoc" or "script" or "devremarks" or "forInternalUseOnly":
                _ = xml.IsEmptyElement ? string.Empty : TextOf(xml);
                break;
            default:
                ReadChildren(xml);
                break;
        }
    }

    /// <summary>A reference reads as its own words, or else as what it refers to.</summary>
    private void ReadReference(XmlReader xml)
    {
        var link = xml.GetAttribute("uid") ?? xml.GetAttribute("href") ?? string.Empty;
        var target = xml.GetAttribute("cref") is { } cref ? ShortName(cref) : xml.GetAttribute("langword") ?? (xml.Name == "xref" ? ShortUid(link) : link);
        var before = _layout.Length;
        ReadChildren(xml);
        if (_layout.Length == before)
        {
            _layout.Words(target);
        }
    }

    private void ReadList(XmlReader xml)
    {
        if (xml.IsEmptyElement)
        {
            return;
        }

        var isNumbered = xml.GetAttribute("type") == "number";
        var depth = xml.Depth;
        var number = 0;
        _layout.Break(1);
        while (xml.Read() && xml.Depth > depth)
        {
            if (xml.NodeType == XmlNodeType.Element && xml.Name == "item")
            {
                number++;
                ReadItem(xml, isNumbered ? $"{number}. " : "- ");
            }
            else if (xml.NodeType == XmlNodeType.Element)
            {
                ReadElement(xml); // a heading, or loose text
                _layout.Break(1);
            }
        }

        _layout.Break(2);
    }

    private void ReadItem(XmlReader xml, string mark)
    {
        if (xml.IsEmptyElement)
        {
            return;
        }

        _layout.Break(1);
        _layout.Open(mark);
        var depth = xml.Depth;
        while (xml.Read() && xml.Depth > depth)
        {
            if (xml.NodeType != XmlNodeType.Element)
            {
                ReadText(xml);
            }
            else if (xml.Name == "term")
            {
                ReadChildren(xml);
                _layout.Close(": ");
            }
            else
            {
                ReadElement(xml);
            }
        }

        _layout.Break(1);
    }

    private static string TextOf(XmlReader xml)
    {
        var text = new StringBuilder();
        var depth = xml.Depth;
        while (xml.Read() && xml.Depth > depth)
        {
            text.Append(xml.NodeType is XmlNodeType.Element ? string.Empty : xml.Value);
        }

        return text.ToString();
    }

    private string ShortName(string cref)
    {
        if (_shortNames.TryGetValue(cref, out var name))
        {
            return name;
        }

        var parameters = cref.Contains('`') ? ParametersOf(DocId.TypeOf(cref)) : [];
        name = DocId.Short(cref, parameters);
        if (parameters.Count > 0 || !cref.Contains('`'))
        {
            _shortNames.Add(cref, name); // else the type's own page, with the names of its parameters, may yet come
        }

        return name;
    }

    /// <summary>The names of a type's parameters, as far as the file has told them.</summary>
    private IReadOnlyList<string> ParametersOf(string type)
    {
        return _pages.TryGetValue(type, out var page) ? page.TypeParameters : [];
    }

    private static string OuterOf(string type)
    {
        var dot = type.LastIndexOf('.');
        return dot < 0 ? string.Empty : type[..dot];
    }

    /// <summary>The last name in an identifier of docs.microsoft.com, such as System.Int32.Parse%2A?displayProperty=nameWithType.</summary>
    private static string ShortUid(string uid)
    {
        var query = uid.IndexOf('?');
        var name = (query < 0 ? uid : uid[..query])
            .Replace("langword_csharp_", string.Empty, StringComparison.Ordinal)
            .Replace("%2A", string.Empty, StringComparison.Ordinal)
            .TrimEnd('*');
        return name.Contains('/') ? name : name[(name.LastIndexOf('.') + 1)..];
    }

    /// <summary>The text of one type while its members are gathered.</summary>
    private sealed class TypePage
    {
        public TypePage(long line)
        {
            Line = line;
        }

        public long Line { get; }

        public StringBuilder Text { get; } = new();

        public IReadOnlyList<string> TypeParameters { get; set; } = [];

        public bool HasProse { get; set; }
    }
}
