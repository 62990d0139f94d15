using System.Runtime.Versioning;
using Granary.Core.Configuration;
using Granary.Testing;

namespace Granary.Cluster.Host.Security.Tests;

[UnsupportedOSPlatform("windows")]
public sealed class TokenFileTests
{
    private readonly ManualClock _clock = new();
    private TempFolder _folder = null!;
    private TokenFile _file = null!;

    [SetUp]
    public void Make_a_folder()
    {
        _folder = new TempFolder();
        _file = new TokenFile(_folder["tokens.json"], _clock);
    }

    [TearDown]
    public void Remove()
    {
        _folder.Dispose();
    }

    [Test]
    public void Tokens_are_of_256_bits_and_kept_as_hashes_for_nobody_else_to_read()
    {
        var tokens = Enumerable.Range(0, 50).Select(index => _file.Add($"t{index}", TokenRole.Read, lifetime: null)).ToList();

        var text = File.ReadAllText(_file.Path);
        Assert.That(tokens, Is.Unique.And.All.Match("^grn_[A-Za-z0-9_-]{43}$"));
        Assert.That(tokens.Where(token => text.Contains(token, StringComparison.Ordinal)), Is.Empty);
        Assert.That(_file.List().Select(record => record.Sha256), Is.EqualTo(tokens.Select(TokenText.HashText)));
        Assert.That(File.GetUnixFileMode(_file.Path), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite));
    }

    [Test]
    public void A_revoked_token_stays_listed_and_its_name_is_free_again()
    {
        var first = _file.Add("ci", TokenRole.Submit, lifetime: null);
        _file.Revoke("ci");
        var revoked = _file.List().Single();

        var second = _file.Add("ci", TokenRole.Read, lifetime: null);

        Assert.That(revoked.IsValidAt(_clock.GetUtcNow()), Is.False);
        Assert.That(second, Is.Not.EqualTo(first));
        Assert.That(_file.List().Select(record => (record.Role, record.IsValidAt(_clock.GetUtcNow()))), Is.EqualTo(new[] { (TokenRole.Read, true) }));
    }

    [Test]
    public void A_token_ends_at_its_time()
    {
        _file.Add("short", TokenRole.Worker, TimeSpan.FromMinutes(1));

        var before = _file.List()[0].IsValidAt(_clock.GetUtcNow() + TimeSpan.FromSeconds(59));
        var after = _file.List()[0].IsValidAt(_clock.GetUtcNow() + TimeSpan.FromSeconds(60));

        Assert.That((before, after), Is.EqualTo((true, false)));
    }

    [TestCase("a b", Description = "a space")]
    [TestCase("../x", Description = "a path")]
    [TestCase("x\n", Description = "a line break, which would forge a line of the log")]
    [TestCase("", Description = "nothing")]
    public void A_name_that_is_none_is_refused(string name)
    {
        Assert.That(() => _file.Add(name, TokenRole.Read, lifetime: null), Throws.TypeOf<ConfigurationException>());
    }

    [Test]
    public void A_name_in_use_is_refused_and_revoking_a_stranger_names_those_there_are()
    {
        _file.Add("ci", TokenRole.Read, lifetime: null);

        var twice = Assert.Throws<ConfigurationException>(() => _file.Add("ci", TokenRole.Admin, lifetime: null));
        var stranger = Assert.Throws<ConfigurationException>(() => _file.Revoke("cj"));

        Assert.That(twice.Message, Does.Contain("revoke that one first"));
        Assert.That(stranger.Message, Does.Contain("'name' is 'cj' but must be the name of a valid token: 'ci'."));
    }

    [Test]
    public void A_file_that_others_can_read_is_not_used()
    {
        _file.Add("ci", TokenRole.Read, lifetime: null);
        File.SetUnixFileMode(_file.Path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead);

        Assert.That(_file.List, Throws.TypeOf<IOException>().With.Message.Contains("'640'").And.Message.Contains("chmod 600"));
    }
}
