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


def main():
    answers = {"tail": tail, "step-down": step_down, "shift": shift, "sequential": sequential}
    cases = json.load(sys.stdin)
    json.dump([answers[case["what"]](case) for case in cases], sys.stdout)


if __name__ == "__main__":
    main()
