namespace Granary.Data.Retrieval;

/// <summary>The words that worlds are made of; filler has no word of values and descriptions.</summary>
internal static class WorldWords
{
    /// <summary>Three of them make a name: 64,000 in all.</summary>
    internal static readonly string[] Syllables =
    [
        "ba", "be", "bi", "bo", "da", "de", "di", "do", "fa", "fe", "ga", "go", "ka", "ke", "ki", "ko", "la", "le", "li", "lo",
        "ma", "me", "mi", "mo", "na", "ne", "ni", "no", "ra", "re", "ri", "ro", "sa", "se", "ta", "ti", "va", "vo", "za", "zo",
    ];

    /// <summary>Values.</summary>
    internal static readonly string[] Values =
    [
        "amber", "copper", "silver", "marble", "granite", "velvet", "cotton", "linen", "ginger", "pepper", "saffron", "mustard", "maple", "willow", "cedar", "birch",
        "falcon", "heron", "sparrow", "raven", "badger", "otter", "beaver", "rabbit", "salmon", "trout", "lobster", "oyster", "violet", "crimson", "scarlet", "indigo",
        "hammer", "anchor", "ladder", "lantern", "compass", "mirror", "candle", "button", "thunder", "shadow", "meadow", "canyon", "glacier", "desert", "harbor", "island",
        "trumpet", "violin", "guitar", "piano", "castle", "tower", "palace", "temple", "rocket", "engine", "magnet", "crystal", "planet", "comet", "saturn", "jupiter",
    ];

    /// <summary>The first words of descriptions.</summary>
    internal static readonly string[] Adjectives =
    [
        "silent", "clever", "gentle", "brave", "honest", "hungry", "lucky", "modest", "nervous", "polite", "proud", "quick", "rude", "shy", "sleepy", "stubborn",
        "tall", "thirsty", "tired", "wise", "young", "famous", "foreign", "jealous", "lonely", "cheerful", "careful", "curious", "bold", "calm", "eager", "fierce",
    ];

    /// <summary>The last words of descriptions.</summary>
    internal static readonly string[] Professions =
    [
        "tailor", "baker", "barber", "butcher", "carpenter", "doctor", "dentist", "driver", "editor", "fisher", "florist", "gardener", "hunter", "jeweler", "judge", "lawyer",
        "mason", "mayor", "nurse", "painter", "pilot", "plumber", "poet", "porter", "printer", "sailor", "scholar", "singer", "soldier", "surgeon", "waiter", "weaver",
    ];

    /// <summary>Who does something in filler sentences.</summary>
    internal static readonly string[] Subjects =
    [
        "The old man", "A small child", "My neighbour", "The teacher", "Our guest", "The farmer", "A stranger", "The whole family", "Her brother", "His sister", "The shopkeeper", "An aunt",
        "The visitors", "Two friends", "The clerk", "A student", "The landlord", "Everybody", "Nobody", "The twins", "A cousin", "The guard", "The crowd", "The cook",
    ];

    /// <summary>What is done.</summary>
    internal static readonly string[] Verbs =
    [
        "found", "carried", "forgot", "wanted", "sold", "bought", "painted", "moved", "cleaned", "opened", "closed", "watched",
        "remembered", "described", "dropped", "borrowed", "returned", "needed", "noticed", "repaired", "broke", "lost", "hid", "washed",
    ];

    /// <summary>To what.</summary>
    internal static readonly string[] Objects =
    [
        "a heavy box", "the wooden chair", "an empty bottle", "the blue curtain", "some warm bread", "the broken clock", "a long letter", "the green door", "a wet coat", "the last ticket", "a full basket", "the round table",
        "an old map", "the kitchen knife", "a pair of shoes", "the morning paper", "a bag of apples", "the thick rope", "a bright lamp", "the garden gate", "a bucket of water", "the large window", "a piece of string", "the second key",
    ];

    /// <summary>Where.</summary>
    internal static readonly string[] Places =
    [
        "near the river", "behind the house", "in the market", "on the hill", "at the station", "under the bridge", "by the road", "in the village", "outside the school", "beside the lake", "in the park", "at home",
        "across the street", "along the path", "in the yard", "on the stairs", "at the corner", "inside the barn", "before the church", "in the hall", "on the roof", "around the square", "over the fence", "in the forest",
    ];

    /// <summary>When.</summary>
    internal static readonly string[] Times =
    [
        "Yesterday", "In the morning", "After dinner", "Last week", "On Monday", "At noon", "Before sunset", "In winter", "Later", "That evening", "One day", "Every summer",
        "At first", "In the end", "Once again", "During the rain", "For a while", "On the way back", "Without a word", "By chance", "Too late", "In spring", "At night", "All morning",
    ];
}
