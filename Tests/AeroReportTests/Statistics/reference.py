"""The gate's statistics once more, slowly and by definition, to check the fast ones against.

Reads a list of cases as JSON from standard input and writes a list of answers. Only the standard
library, nothing shared with the Swift code: sums go through all sign vectors one by one.
"""

import itertools
import json
import math
import statistics
import sys
from fractions import Fraction


def scores(differences):
    """Signed mid-ranks, as fractions; zeros score nothing."""
    sizes = sorted(abs(d) for d in differences if d != 0)
    result = []
    for d in differences:
        if d == 0:
            result.append(Fraction(0))
            continue
        first = sizes.index(abs(d)) + 1
        last = first + sizes.count(abs(d)) - 1
        result.append(Fraction(first + last, 2) * (1 if d > 0 else -1))
    return result


def standardised(column, signs):
    spread = math.sqrt(sum(s * s for s in column))
    return float(sum(s * g for s, g in zip(column, signs))) / spread if spread else None


def vectors(case):
    """All sign vectors of a group, the observed one first."""
    codes = case["codes"]
    for member in range(2 ** case["dimension"]):
        yield [-1 if bin(member & code).count("1") % 2 else 1 for code in codes]


def tail(case):
    """P(sum of scores >= observed) over all 2^n sign vectors, by counting in whole numbers."""
    column = [int(2 * s) for s in scores(case["differences"])]
    ways = {0: 1}
    for size in (abs(s) for s in column):
        grown = {}
        for total, count in ways.items():
            grown[total + size] = grown.get(total + size, 0) + count
            grown[total - size] = grown.get(total - size, 0) + count
        ways = grown
    hits = sum(count for total, count in ways.items() if total >= sum(column))
    return float(Fraction(hits, 2 ** len(column)))


def step_down(case):
    """Westfall and Young's step-down maxT, from its definition."""
    columns = [scores(c) for c in case["columns"]]
    signs = list(vectors(case))
    table = [[standardised(c, g) or 0.0 for g in signs] for c in columns]
    order = sorted(range(len(columns)), key=lambda k: -table[k][0])
    adjusted = [1.0] * len(columns)
    largest = 0.0
    for position, k in enumerate(order):
        rest = order[position:]
        hits = sum(
            1 for g in range(len(signs))
            if max(table[j][g] for j in rest) >= table[k][0] - 1e-9
        )
        largest = max(largest, hits / len(signs))
        adjusted[k] = largest
    return adjusted


def shift(case):
    """Hodges-Lehmann's estimate, and the ends of what the exact test does not refute."""
    d = case["differences"]
    averages = sorted((a + b) / 2 for a, b in itertools.combinations_with_replacement(d, 2))

    def refutes(theta, sign):
        return tail({"differences": [sign * (x - theta) for x in d]}) <= case["level"]

    between = [averages[0] - 1] + [(a + b) / 2 for a, b in zip(averages, averages[1:])]
    between += [averages[-1] + 1]
    lower = [a for a, below in zip(averages, between) if refutes(below, 1)]
    upper = [a for a, above in zip(averages, between[1:]) if refutes(above, -1)]
    return [
        statistics.median(averages),
        max(lower) if lower else None,
        min(upper) if upper else None,
    ]


def sequential(case):
    """At which look the test with looks rejects, -1 for never."""
    signs = list(vectors(case))
    spent = set()
    for look, (count, level) in enumerate(zip(case["looks"], case["levels"])):
        columns = [scores(c[:count]) for c in case["columns"]]
        columns = [c for c in columns if any(c)]
        if not columns:
            continue
        size = {
            g: max(standardised(c, signs[g]) for c in columns)
            for g in range(len(signs)) if g not in spent
        }
        allowed = int(level * len(signs) + 1e-9) - len(spent)
        taken = set()
        for value in sorted({v for v in size.values() if v > 0}, reverse=True):
            tied = {g for g, v in size.items() if v == value}
            if len(taken) + len(tied) > allowed:
                break
            taken |= tied
        spent |= taken
        if 0 in taken:
            return look
    return -1


def split_mix(state):
    """The random numbers of a seed."""
    mask = 2 ** 64 - 1
    while True:
        state = (state + 0x9E3779B97F4A7C15) & mask
        word = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & mask
        word = ((word ^ (word >> 27)) * 0x94D049BB133111EB) & mask
        yield word ^ (word >> 31)


def energy(left, right):
    """The scaled energy distance of two samples."""
    def mean(pairs):
        pairs = list(pairs)
        return sum(abs(a - b) for a, b in pairs) / len(pairs)

    distance = 2 * mean(itertools.product(left, right))
    distance -= mean(itertools.combinations(left, 2)) + mean(itertools.combinations(right, 2))
    return distance * len(left) * len(right) / (len(left) + len(right))


def best_division(stretches, least=3):
    """Size and place of the best division of any stretch; its right part may end early."""
    best = (-1.0, None)
    start = 0
    for values in stretches:
        for place in range(least, len(values) - least + 1):
            for end in range(place + least, len(values) + 1):
                size = max(0.0, energy(values[:place], values[place:end]))
                if size > best[0]:
                    best = (size, start + place)
        start += len(values)
    return best


def changes(case):
    """E-divisive: places and p-values of changes, in the order of places."""
    values, words, found = case["differences"], split_mix(case["seed"]), []
    while True:
        ends = [0] + sorted(place for place, _ in found) + [len(values)]
        stretches = [values[a:b] for a, b in zip(ends, ends[1:])]
        size, place = best_division(stretches)
        if place is None:
            break
        hits = 0
        for _ in range(case["permutations"]):
            reordered = []
            for stretch in stretches:
                stretch = list(stretch)
                for last in range(len(stretch) - 1, 0, -1):
                    other = next(words) % (last + 1)
                    stretch[last], stretch[other] = stretch[other], stretch[last]
                reordered.append(stretch)
            hits += best_division(reordered)[0] >= size * (1 - 1e-9)
        probability = (hits + 1) / (case["permutations"] + 1)
        if probability > case["level"]:
            break
        found.append((place, probability))
    return [x for change in sorted(found) for x in change]


def main():
    answers = {
        "tail": tail, "step-down": step_down, "shift": shift, "sequential": sequential,
        "changes": changes,
    }
    cases = json.load(sys.stdin)
    json.dump([answers[case["what"]](case) for case in cases], sys.stdout)


if __name__ == "__main__":
    main()
