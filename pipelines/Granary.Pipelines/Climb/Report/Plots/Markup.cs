using System.Collections;
using System.Globalization;
using System.Text;
using System.Xml;
using System.Xml.Linq;

namespace Granary.Pipelines.Climb.Report.Plots;

/// <summary>Makes elements of pages and drawings. What is said in them is text and never markup, whatever it holds.</summary>
internal static class Markup
{
    private static readonly HashSet<string> Voids = ["br", "hr", "meta"];

    /// <summary>An element; strings become text, sequences their items, null nothing.</summary>
    internal static XElement Tag(string name, params object?[] content)
    {
        var element = new XElement(name);
        Fill(element, content);
        if (element.IsEmpty && !Voids.Contains(name))
        {
            // A page reads <td/> as the beginning of a cell that never ends.
            element.Add(string.Empty);
        }

        return element;
    }

    /// <summary>An attribute; numbers have at most two decimals.</summary>
    internal static XAttribute At(string name, object value)
    {
        return new XAttribute(name, value switch
        {
            double number => number.ToString("0.##", CultureInfo.InvariantCulture),
            IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
            _ => Printable(value.ToString()!),
        });
    }

    /// <summary>The element as text, without a space that was not said.</summary>
    internal static string Write(XElement element)
    {
        return element.ToString(SaveOptions.DisableFormatting);
    }

    private static void Fill(XElement element, IEnumerable content)
    {
        foreach (var item in content)
        {
            switch (item)
            {
                case null:
                    break;
                case string text:
                    element.Add(new XText(Printable(text)));
                    break;
                case XObject part:
                    element.Add(part);
                    break;
                case IEnumerable parts:
                    Fill(element, parts);
                    break;
                default:
                    throw new ArgumentException($"A '{item.GetType().Name}' is neither text nor markup; say it as a string.", nameof(content));
            }
        }
    }

    // What no document may hold, such as control characters and halves of surrogate pairs, is shown as U+FFFD.
    private static string Printable(string text)
    {
        var printable = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            if (i + 1 < text.Length && XmlConvert.IsXmlSurrogatePair(text[i + 1], text[i]))
            {
                printable.Append(text, i++, 2);
            }
            else
            {
                printable.Append(XmlConvert.IsXmlChar(text[i]) ? text[i] : '\ufffd');
            }
        }

        return printable.ToString();
    }
}
