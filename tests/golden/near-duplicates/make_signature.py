#!/usr/bin/env python3
"""Prints the signature that MinHasherTests holds as golden numbers, written down a second time in plain Python.

    python3 tests/golden/near-duplicates/make_signature.py
"""

TEXT = "the quick brown fox jumps over the lazy dog"
WORDS, HASHES, SEED = 5, 3, 1
MASK64, MASK32 = (1 << 64) - 1, (1 << 32) - 1


def philox(key, low, high):
    x0, x1, x2, x3 = low & MASK32, low >> 32, high & MASK32, high >> 32
    k0, k1 = key & MASK32, key >> 32
    for _ in range(10):
        p0, p1 = 0xD2511F53 * x0, 0xCD9E8D57 * x2
        x0, x1, x2, x3 = ((p1 >> 32) ^ x1 ^ k0) & MASK32, p1 & MASK32, ((p0 >> 32) ^ x3 ^ k1) & MASK32, p0 & MASK32
        k0, k1 = (k0 + 0x9E3779B9) & MASK32, (k1 + 0xBB67AE85) & MASK32
    return x0 | (x1 << 32)


def stream(seed, purpose):
    name = 14695981039346656037
    for byte in purpose.encode():
        name = ((name ^ byte) * 1099511628211) & MASK64
    return philox(philox(seed, 0, 0x6B65795F666F6C64), name, 0x6B65795F666F6C65)


def hash_of_word(word):
    value = 0
    for character in word:
        value = ((value ^ ord(character)) * 0x9E3779B97F4A7C15) & MASK64
        value = (((value << 29) | (value >> 35)) + 1) & MASK64
    return value


def mix(value):
    value = ((value ^ (value >> 33)) * 0xFF51AFD7ED558CCD) & MASK64
    value = ((value ^ (value >> 33)) * 0xC4CEB9FE1A85EC53) & MASK64
    return value ^ (value >> 33)


def hash_of_run(key, index, run):
    factor = (philox(key, 2 * index, 0x6472617700000000) | 1) & MASK32
    offset = philox(key, 2 * index + 1, 0x6472617700000000) & MASK32
    value = ((run & MASK32) * factor + ((run >> 32) ^ offset)) & MASK32
    value = ((value ^ (value >> 16)) * 0x85EBCA6B) & MASK32
    value = ((value ^ (value >> 13)) * 0xC2B2AE35) & MASK32
    return value ^ (value >> 16)


words = [hash_of_word(word) for word in TEXT.split()]
runs = []
for first in range(len(words) - WORDS + 1):
    run = 0
    for word in words[first:first + WORDS]:
        run = (run * 0xD1342543DE82EF95 + word) & MASK64
    runs.append(mix(run))
key = stream(SEED, "near duplicates")
print([min(hash_of_run(key, index, run) for run in runs) for index in range(HASHES)])
