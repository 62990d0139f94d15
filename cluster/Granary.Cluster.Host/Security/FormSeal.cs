using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace Granary.Cluster.Host.Security;

/// <summary>Keeps other sites from sending our form: a random word stands in it and in a cookie, and another site can neither read the one nor send the other.</summary>
internal static class FormSeal
{
    internal const string Field = "seal";

    private const int Bytes = 32;

    /// <summary>A word for a form's hidden field, which the answer's cookie holds too.</summary>
    internal static string Create(HttpContext context)
    {
        var word = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(Bytes));
        context.Response.Cookies.Append(CookieOf(context.Request), word, CookieRules.Of(context.Request));
        return word;
    }

    /// <summary>Whether the form's word is the cookie's.</summary>
    internal static bool Holds(HttpRequest request, IFormCollection form)
    {
        var (sent, kept) = (form[Field].ToString(), request.Cookies[CookieOf(request)] ?? string.Empty);
        return kept.Length == 2 * Bytes && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(sent), Encoding.UTF8.GetBytes(kept));
    }

    private static string CookieOf(HttpRequest request)
    {
        return CookieRules.NameOf(request, "granary-form");
    }
}
