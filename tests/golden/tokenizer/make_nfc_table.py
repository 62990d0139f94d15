"""Prints the two constants of src/Granary.Data/Tokenization/Unicode/CompositionTable.cs.

Needs a Python whose unicodedata is Unicode 9.0.0 (Python 3.6): that is the version by which Hugging Face's tokenizers
normalize, and text must be normalized as they do for ids to be equal.
"""

import base64
import sys
import unicodedata

assert unicodedata.unidata_version == "9.0.0", unicodedata.unidata_version


def number(value):
    """Seven bits a byte, low bits first."""
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def zigzag(value):
    return value * 2 if value >= 0 else -value * 2 - 1


def show(name, data):
    text = base64.b64encode(bytes(data)).decode()
    lines = ['        "%s"' % text[i:i + 120] for i in range(0, len(text), 120)]
    print("    internal static readonly string %s =\n%s;\n" % (name, " +\n".join(lines)))


classes, decompositions = bytearray(), bytearray()
end = previous = 0
point = 0
while point < 0x110000:
    kind = unicodedata.combining(chr(point))
    start = point
    while kind and point < 0x110000 and unicodedata.combining(chr(point)) == kind:
        point += 1
    if kind:
        classes += number(start - end) + number(point - start) + number(kind)
        end = point
    else:
        point += 1

for point in range(0x110000):
    fields = unicodedata.decomposition(chr(point)).split()
    if not fields or fields[0].startswith("<"):
        continue
    parts = [int(field, 16) for field in fields] + [0]
    composes = len(fields) == 2 and unicodedata.normalize("NFC", chr(point)) == chr(point)
    decompositions += number((point - previous) * 2 + composes) + number(zigzag(parts[0] - point)) + number(parts[1])
    previous = point

show("CombiningClasses", classes)
show("Decompositions", decompositions)
sys.stderr.write("%d and %d bytes\n" % (len(classes), len(decompositions)))
