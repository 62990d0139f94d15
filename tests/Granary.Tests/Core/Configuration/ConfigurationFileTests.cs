using FsCheck;
using FsCheck.Fluent;
using Granary.Testing;

namespace Granary.Core.Configuration.Tests;

public sealed class ConfigurationFileTests
{
    [Test]
    public void Keys_are_the_snake_case_of_the_properties()
    {
        var config = Parse("name: a\nnum_attention_heads: 12\ncolour: blue\nlease_time: 1h30m\nclip: 2");

        Assert.That(config, Is.EqualTo(new SampleConfig
        {
            Name = "a",
            NumAttentionHeads = 12,
            Colour = SampleColour.Blue,
            LeaseTime = TimeSpan.FromMinutes(90),
            Clip = 2,
            Sizes = config.Sizes,
            Words = config.Words,
            Weights = config.Weights,
            Schedule = config.Schedule,
            Stages = config.Stages,
            Nested = config.Nested,
        }));
    }

    [Test]
    public void Lists_and_dictionaries_are_read_in_either_style()
    {
        var config = Parse("name: a\nsizes:\n  - 4\n  - 5\nwords: [x, 'y z']\nweights: {web: 0.5, 8: 1e-3}");

        Assert.That(config.Sizes, Is.EqualTo(new[] { 4, 5 }));
        Assert.That(config.Words, Is.EqualTo(new[] { "x", "y z" }));
        Assert.That(config.Weights, Is.EqualTo(new Dictionary<string, double> { ["web"] = 0.5, ["8"] = 1e-3 }));
    }

    [Test]
    public void Type_chooses_the_variant()
    {
        var config = Parse("name: a\nschedule: {type: step, every: 3, warmup_steps: 2}\nstages:\n  - type: linear\n    peak: 2\n  - {type: step, every: 9}");

        Assert.That(config.Schedule, Is.EqualTo(new StepSampleConfig { Every = 3, WarmupSteps = 2 }));
        Assert.That(config.Stages, Is.EqualTo(new SampleScheduleConfig[] { new LinearSampleConfig { Peak = 2 }, new StepSampleConfig { Every = 9 } }));
    }

    [Test]
    public void A_variant_of_another_assembly_is_found_once_it_is_registered()
    {
        ConfigVariants.Register<SampleScheduleConfig, LateSampleConfig>("late");
        ConfigVariants.Register<SampleScheduleConfig, LateSampleConfig>("late");

        var config = Parse("name: a\nschedule: {type: late, delay: 3}");

        Assert.That(config.Schedule, Is.EqualTo(new LateSampleConfig { Delay = 3 }));
        Assert.Throws<InvalidOperationException>(() => ConfigVariants.Register<SampleScheduleConfig, LateSampleConfig>("linear"));
    }

    [Test]
    public void A_section_keeps_what_its_owner_gave_it_for_keys_it_does_not_say()
    {
        var config = Parse("name: a\nnested: {label: b}\nschedule: {warmup_steps: 4}\noptional: {}");

        Assert.That(config.Nested, Is.EqualTo(new SampleNestedConfig { Depth = 7, Label = "b" }));
        Assert.That(config.Schedule, Is.EqualTo(new LinearSampleConfig { Peak = 0.5, WarmupSteps = 4 }));
        Assert.That(config.Optional, Is.EqualTo(new SampleNestedConfig()));
    }

    [Test]
    public void An_empty_section_has_its_defaults_and_an_empty_optional_one_is_null()
    {
        var config = Parse("name: a\nnested:\n# label: c\noptional:\n");

        Assert.That(config.Nested.Depth, Is.EqualTo(7));
        Assert.That(config.Optional, Is.Null);
    }

    [TestCase("nam: a\nname: b", "'nam' (line 1) is not a key of the file. Did you mean 'name'?", Description = "a slip")]
    [TestCase("name: b\nnested:\n  lable: x", "'nested.lable' (line 3) is not a key of 'nested'. Did you mean 'label'?", Description = "letters swapped, below a section")]
    [TestCase("name: b\nnumAttentionHeads: 2", "'numAttentionHeads' (line 2) is not a key of the file. Did you mean 'num_attention_heads'?", Description = "another convention")]
    [TestCase("name: b\nnested: {zzzzzzzz: 1}", "'nested.zzzzzzzz' (line 2) is not a key of 'nested'. Known: 'depth', 'label'.", Description = "nothing is near")]
    [TestCase("name: b\ndoubled: 2", "'doubled' (line 2) is not a key of the file.*", Description = "a derived value")]
    [TestCase("name: b\nschedule: {type: linear, every: 2}", "'schedule.every' (line 2) is not a key of 'schedule'.*", Description = "another variant's key")]
    [TestCase("rate: 1", "'name' is missing in the section at line 1 and has no default. Set it.", Description = "a required key")]
    [TestCase("", "'name' is missing and has no default. Set it.", Description = "an empty file")]
    [TestCase("name: b\nschedule: {type: step}", "'schedule.every' is missing in the section at line 2 and has no default. Set it.", Description = "a variant's required key")]
    [TestCase("name: b\n\nrate: fast", "'rate' is 'fast' (line 3) but must be a number.", Description = "a word for a number")]
    [TestCase("name: b\nrate: \"1\"", "'rate' is the quoted text '1' (line 2) but must be a number.", Description = "text for a number")]
    [TestCase("name: b\nrate:", "'rate' has no value (line 2) but must be a number.", Description = "nothing for a number")]
    [TestCase("name: b\nrate: [1]", "'rate' is a list (line 2) but must be a number.", Description = "a list for a number")]
    [TestCase("name: b\nsizes: 3", "'sizes' is '3' (line 2) but must be a list.", Description = "a number for a list")]
    [TestCase("name: b\nsizes: [1, x]", "'sizes.1' is 'x' (line 2) but must be a whole number*", Description = "a word in a list")]
    [TestCase("name: b\nweights: {web: x}", "'weights.web' is 'x' (line 2) but must be a number.", Description = "a word in a dictionary")]
    [TestCase("name: b\nnum_attention_heads: 2.5", "'num_attention_heads' is '2.5' (line 2) but must be a whole number*", Description = "a fraction")]
    [TestCase("name: b\nnum_attention_heads: 3000000000", "'num_attention_heads' is '3000000000' (line 2) but must be a whole number from -2147483648 to 2147483647.", Description = "too large")]
    [TestCase("name: b\nrate: 1e999", "'rate' is '1e999' (line 2) but must be a number.", Description = "beyond double")]
    [TestCase("name: b\ndeterministic: yes", "'deterministic' is 'yes' (line 2) but must be true or false.", Description = "YAML 1.1's yes")]
    [TestCase("name: b\nlease_time: 90", "'lease_time' is '90' (line 2) but must be a time such as*", Description = "a time without a unit")]
    [TestCase("name: b\nlease_time: 30m1h", "'lease_time' is '30m1h' (line 2) but must be a time such as*", Description = "units out of order")]
    [TestCase("name: b\ncolour: green", "'colour' is 'green' (line 2) but must be 'dark-red' or 'blue'.", Description = "no such word")]
    [TestCase("name: b\nnested: 3", "'nested' is '3' (line 2) but must be a section of keys and values.", Description = "a number for a section")]
    [TestCase("name: b\nschedule: {type: liner}", "'schedule.type' is 'liner' (line 2) but must be*'linear'*Did you mean 'linear'?", Description = "no such variant")]
    [TestCase("name: b\nstages: [{warmup_steps: 1}]", "'stages.0.type' is missing in the section at line 2. It must be*", Description = "no variant chosen")]
    [TestCase("name: b\nnum_attention_heads: 0", "'num_attention_heads' is '0' (line 2) but must be greater than 0.", Description = "refused by the record")]
    [TestCase("name: b\nschedule: {warmup_steps: -1}", "'schedule.warmup_steps' is '-1' (line 2) but must be 0 or more.", Description = "refused by a nested record")]
    [TestCase("- 1", "The file is a list (line 1) but must be a section of keys and values.", Description = "a list for a file")]
    [TestCase("name: a\nname: b", "'name' stands twice, at line 1 and line 2. Keep one.", Description = "a key twice")]
    [TestCase("name: a\nnested:\n  depth: 1\n  depth: 2", "'nested.depth' stands twice, at line 3 and line 4. Keep one.", Description = "a key twice below a section")]
    [TestCase("name: &x a", "'name' carries the anchor '&x' (line 1), but anchors are not allowed. Remove it.", Description = "an anchor")]
    [TestCase("name: *x", "*", Description = "an alias of nothing")]
    [TestCase("name: !!str a", "'name' carries the tag '*' (line 1), but tags are not allowed. Remove it.", Description = "a tag")]
    [TestCase("name: a\n---\nname: b", "A second document begins at line 2*", Description = "two documents")]
    [TestCase("name: [a", "Line 2, column* is not valid YAML:*", Description = "no closing bracket")]
    [TestCase("[a, b]: c", "The key at line 1 is a list or a section, but a key must be a word.*", Description = "a list for a key")]
    public void A_fault_is_named_with_its_place(string yaml, string expected)
    {
        var error = Assert.Throws<ConfigurationException>(() => Parse(yaml));

        Assert.That(error.Errors, Has.Count.EqualTo(1), error.Message);
        Assert.That(error.Errors[0], new GlobConstraint(expected));
    }

    [Test]
    public void All_faults_of_a_file_are_reported_at_once()
    {
        var error = Assert.Throws<ConfigurationException>(() => Parse("rate: fast\nnested: {depth: x, lbel: 1}\nschedule: {type: no}"));

        Assert.That(error.File, Is.EqualTo("test.yaml"));
        Assert.That(error.Errors, Has.Count.EqualTo(5), error.Message);
    }

    [Test]
    public void A_file_of_another_kind_is_described_by_its_first_faults()
    {
        var error = Assert.Throws<ConfigurationException>(() => Parse(string.Concat(Enumerable.Range(0, 1000).Select(i => $"key{i}: 1\n"))));

        Assert.That(error.Errors, Has.Count.EqualTo(1001));
        Assert.That(error.Message, Does.EndWith("and 951 more."));
    }

    [TestCase("65_536", 65_536L, Description = "separated digits")]
    [TestCase("1e6", 1_000_000L, Description = "an exponent")]
    [TestCase("1.5e9", 1_500_000_000L, Description = "an exponent that makes a fraction whole")]
    [TestCase("-3", -3L, Description = "a negative number")]
    [TestCase("9223372036854775807", long.MaxValue, Description = "the largest")]
    public void Whole_numbers_are_read_as_people_write_them(string text, long expected)
    {
        Assert.That(Parse($"name: a\ntotal_tokens: {text}").TotalTokens, Is.EqualTo(expected));
    }

    [TestCase("3e-4", 3e-4, Description = "an exponent")]
    [TestCase("1", 1, Description = "a whole number")]
    [TestCase("1_000.5", 1000.5, Description = "separated digits")]
    [TestCase(".inf", double.PositiveInfinity, Description = "no bound")]
    public void Numbers_are_read_as_people_write_them(string text, double expected)
    {
        Assert.That(Parse($"name: a\nrate: {text}").Rate, Is.EqualTo(expected));
    }

    [TestCase("90s", 90, Description = "seconds")]
    [TestCase("2m", 120, Description = "minutes")]
    [TestCase("1h30m", 5400, Description = "hours and minutes")]
    [TestCase("1d2h3m4.5s", 93784.5, Description = "every unit and a fraction")]
    [TestCase("250ms", 0.25, Description = "milliseconds")]
    [TestCase("0s", 0, Description = "no time")]
    public void Times_are_a_sum_of_units(string text, double seconds)
    {
        Assert.That(Parse($"name: a\nlease_time: {text}").LeaseTime, Is.EqualTo(TimeSpan.FromSeconds(seconds)));
    }

    [TestCase("1_", Description = "separator at the end")]
    [TestCase("_1", Description = "separator at the start")]
    [TestCase("1__0", Description = "two separators")]
    [TestCase("1e-1", Description = "an exponent that leaves a fraction")]
    [TestCase("0x10", Description = "hexadecimal")]
    [TestCase("1e30", Description = "too large")]
    public void What_is_not_a_whole_number_is_refused(string text)
    {
        Assert.Throws<ConfigurationException>(() => Parse($"name: a\ntotal_tokens: {text}"));
    }

    [Test]
    public void Text_may_look_like_anything()
    {
        Assert.That(Parse("name: 2024").Name, Is.EqualTo("2024"));
        Assert.That(Parse("name: 'null'").Name, Is.EqualTo("null"));
        Assert.That(Parse("name: a\nnote: null").Note, Is.Null);
        Assert.That(Parse("name: a\nnote: ''").Note, Is.Empty);
    }

    [Test]
    public void Enum_words_may_be_written_with_either_separator()
    {
        Assert.That(Parse("name: a\ncolour: dark_red").Colour, Is.EqualTo(SampleColour.DarkRed));
        Assert.That(Parse("name: a\ncolour: dark-red").Colour, Is.EqualTo(SampleColour.DarkRed));
        Assert.Throws<ConfigurationException>(() => Parse("name: a\ncolour: DarkRed"));
        Assert.Throws<ConfigurationException>(() => Parse("name: a\ncolour: 0"));
    }

    [Test]
    public void Overrides_win_over_the_file_and_later_ones_over_earlier()
    {
        var config = Parse(
            "name: a\nnested: {depth: 1}\nstages: [{type: linear}, {type: linear}]",
            "rate=5", "rate=6", "nested.depth=2", "nested.label=x", "stages.1.peak=9", "sizes=[7, 8]", "weights={web: 1}", "schedule.type=step", "schedule.every=4", "optional.depth=3", "note=a=b");

        Assert.That(config.Rate, Is.EqualTo(6));
        Assert.That(config.Nested, Is.EqualTo(new SampleNestedConfig { Depth = 2, Label = "x" }));
        Assert.That(((LinearSampleConfig)config.Stages[1]).Peak, Is.EqualTo(9));
        Assert.That(((LinearSampleConfig)config.Stages[0]).Peak, Is.EqualTo(1));
        Assert.That(config.Sizes, Is.EqualTo(new[] { 7, 8 }));
        Assert.That(config.Weights["web"], Is.EqualTo(1));
        Assert.That(config.Schedule, Is.EqualTo(new StepSampleConfig { Every = 4 }));
        Assert.That(config.Optional!.Depth, Is.EqualTo(3));
        Assert.That(config.Note, Is.EqualTo("a=b"));
    }

    [TestCase("nested.dept=3", "'nested.dept' (--set) is not a key of 'nested'. Did you mean 'depth'?", Description = "a slip")]
    [TestCase("neste.depth=3", "'neste' (--set) is not a key of the file. Did you mean 'nested'?", Description = "a slip in a section")]
    [TestCase("rate=fast", "'rate' is 'fast' (--set) but must be a number.", Description = "wrong type")]
    [TestCase("rate.x=1", "'rate' is a section (--set) but must be a number.", Description = "a key below a number")]
    [TestCase("rate=-1", "'rate' is '-1' (--set) but must be greater than 0.", Description = "refused by the record")]
    [TestCase("stages.3.peak=1", "'--set stages.3.peak' names item '3' of 'stages', which has 1 items, counted from 0.", Description = "no such item")]
    [TestCase("sizes.0=1", "'sizes' is a section (--set) but must be a list, and the file has none there to change. Set it whole, as in --set sizes=[...].", Description = "an item of a default list")]
    [TestCase("rate", "'--set rate' must have the form path.to.key=value.", Description = "no value")]
    [TestCase("a..b=1", "'--set a..b=1' must have the form path.to.key=value.", Description = "an empty key")]
    [TestCase("note=a: b", "'--set note=a: b' must give one word*", Description = "a block section")]
    [TestCase("note=[a", "'--set note=[[]a' is not valid YAML:*", Description = "not YAML")]
    [TestCase("note=&a b", "*carries the anchor '&a'*", Description = "an anchor")]
    public void A_fault_of_an_override_names_it(string text, string expected)
    {
        var error = Assert.Throws<ConfigurationException>(() => Parse("name: a\nstages: [{type: linear}]", text));

        Assert.That(error.Errors, Has.Count.EqualTo(1), error.Message);
        Assert.That(error.Errors[0], new GlobConstraint(expected));
    }

    [Test]
    public void Written_text_has_every_key()
    {
        var text = ConfigurationFile.Write(new SampleConfig { Name = "a b", Stages = [new StepSampleConfig { Every = 2 }], Optional = new() });

        Assert.That(text, Is.EqualTo(
            """
            name: "a b"
            num_attention_heads: 4
            total_tokens: 1000
            rate: 0.0003
            clip: null
            deterministic: false
            lease_time: 30s
            colour: dark-red
            note: null
            sizes: [1, 2]
            words: []
            weights: {}
            schedule:
              type: linear
              warmup_steps: 0
              peak: 0.5
            stages:
              - type: step
                warmup_steps: 0
                every: 2
            nested:
              depth: 7
              label: plain
            optional:
              depth: 1
              label: plain

            """));
    }

    [Test]
    public void Written_text_parses_back_to_an_equal_record()
    {
        Prop.ForAll<SampleValues>(AssertRoundTrip).QuickCheckThrowOnFailure();
    }

    [TestCase("lines\r\nand\ttabs \u0085\u2028\u00A0\uFEFF\0\u001b end ", Description = "breaks and controls")]
    [TestCase("# no comment", Description = "a comment's mark")]
    [TestCase("a: b", Description = "a key's mark")]
    [TestCase("\"quoted\" \\ 'single'", Description = "quotes")]
    [TestCase("𝔸 é 日本", Description = "letters beyond ASCII")]
    public void Hard_text_survives(string text)
    {
        var written = ConfigurationFile.Write(new SampleConfig { Name = text });

        Assert.That(Parse(written).Name, Is.EqualTo(text));
    }

    [Test]
    public void Nesting_beyond_the_limit_is_refused()
    {
        var error = Assert.Throws<ConfigurationException>(() => Parse($"name: {new string('[', 2_000_000)}"));

        Assert.That(error.Message, Does.Contain("nesting is deeper than 64 levels"));
    }

    [Test]
    public void A_file_beyond_the_size_limit_is_refused_before_it_is_parsed()
    {
        using var folder = new TempFolder();
        File.WriteAllBytes(folder["large.yaml"], new byte[ConfigurationFile.MaxBytes + 1]);

        var error = Assert.Throws<ConfigurationException>(() => ConfigurationFile.Load<SampleConfig>(folder["large.yaml"], []));

        Assert.That(error.Message, Does.Contain("larger than 4 MiB"));
    }

    [Test]
    public void Files_that_cannot_be_read_are_named_with_a_reason()
    {
        using var folder = new TempFolder();
        File.WriteAllBytes(folder["latin1.yaml"], [(byte)'a', 0xE9]);

        Assert.That(FaultOf(folder["absent.yaml"]), Does.Contain("does not exist"));
        Assert.That(FaultOf(folder["no", "absent.yaml"]), Does.Contain("does not exist"));
        Assert.That(FaultOf(folder.Path), Does.Contain("This is a folder"));
        Assert.That(FaultOf(folder["latin1.yaml"]), Does.Contain("not UTF-8 text: byte 1"));
    }

    [Test]
    public void A_byte_order_mark_is_passed_over()
    {
        using var folder = new TempFolder();
        File.WriteAllText(folder["bom.yaml"], "\uFEFFname: a\n");

        Assert.That(ConfigurationFile.Load<SampleConfig>(folder["bom.yaml"], ["rate=2"]).Rate, Is.EqualTo(2));
    }

    private static SampleConfig Parse(string yaml, params string[] overrides)
    {
        return ConfigurationFile.Parse<SampleConfig>(yaml, "test.yaml", overrides);
    }

    private static string FaultOf(string path)
    {
        return Assert.Throws<ConfigurationException>(() => ConfigurationFile.Load<SampleConfig>(path, [])).Message;
    }

    private static void AssertRoundTrip(SampleValues values)
    {
        var words = values.Words.Select(Storable).ToArray();
        var original = new SampleConfig
        {
            Name = words.Length > 0 ? words[0] : "x",
            NumAttentionHeads = Math.Max(1, values.Heads),
            Rate = Math.Abs(values.Rate) is > 0 and var positive ? positive : 1,
            Clip = values.Clip,
            Note = values.Note is null ? null : Storable(values.Note),
            LeaseTime = TimeSpan.FromTicks(values.Ticks),
            Words = words,
            Sizes = values.Sizes,
            Weights = words.Distinct().ToDictionary(word => word, word => 1.0 / (1 + word.Length)),
            Stages = [values.IsStep ? new StepSampleConfig { Every = values.Heads } : new LinearSampleConfig { Peak = values.Rate }],
        };

        var text = ConfigurationFile.Write(original);
        var copy = ConfigurationFile.Parse<SampleConfig>(text, "written");

        Assert.That(ConfigurationFile.Write(copy), Is.EqualTo(text));
        Assert.That(copy.Words, Is.EqualTo(original.Words));
        Assert.That(copy.Sizes, Is.EqualTo(original.Sizes));
        Assert.That(copy.Weights, Is.EqualTo(original.Weights));
        Assert.That(copy.Stages, Is.EqualTo(original.Stages));
        Assert.That(
            copy with { Words = original.Words, Sizes = original.Sizes, Weights = original.Weights, Stages = original.Stages },
            Is.EqualTo(original));
    }

    /// <summary>YAML is Unicode text, so halves of surrogate pairs have no place in it.</summary>
    private static string Storable(string? text)
    {
        return string.Concat((text ?? string.Empty).Where(c => !char.IsSurrogate(c)));
    }

    private sealed record SampleValues(string? Note, int Heads, double Rate, double? Clip, long Ticks, string?[] Words, int[] Sizes, bool IsStep);
}
