#!/usr/bin/env python3
"""Judges what aerobench reported of a run against the truth driver, without any code of it.

    truth_check.py RESULT.json LOG [--name NAME] [--json]
    truth_check.py --faults RESULT.json LOG

Three values stand beside each other for each percentile:
  known     what the scenario's distribution and schedule say, worked out exactly here
  did       the same percentile of the target's own record of its answers (LOG)
  reported  what the result says
reported - did is the error of the tool; did - known is what the machine's scheduling added.
A percentile holds when it is within 2 % or 20 us. Exit code: 0 when the tool holds everywhere and
the record keeps to plan and schedule, else 1. With --faults the ledger is compared instead: each
fault of each producer, partition and group with what the record says was planted.
"""
import argparse
import json
import struct
import sys
from fractions import Fraction

ENTRY = struct.Struct(">32sqqqB7x")
PERCENTILES = (("p50", Fraction(1, 2)), ("p90", Fraction(9, 10)), ("p99", Fraction(99, 100)),
               ("p999", Fraction(999, 1000)))
SERIES = ("ack.intended", "e2e.intended")
UNITS = {"ns": 1, "us": 10**3, "ms": 10**6, "s": 10**9, "m": 60 * 10**9, "h": 3600 * 10**9}


def duration(text):
    """Nanoseconds of a text such as 1.5ms."""
    digits = text.rstrip("abcdefghijklmnopqrstuvwxyz")
    return int(Fraction(digits) * UNITS[text[len(digits):]])


def rate(text):
    """Messages a second of a text such as 5k/s, exactly."""
    number = text.removesuffix("/s")
    factor = {"k": 10**3, "M": 10**6}.get(number[-1:], 1)
    return Fraction(number.rstrip("kM")) * factor


class Model:
    """The target as the scenario describes it."""

    def __init__(self, tree):
        def time(key):
            return duration(tree[key]) if key in tree else 0
        self.latency = time("latency")
        self.slow = time("slow")
        self.slow_per_thousand = int(tree.get("slow-per-thousand", 0))
        self.stall = time("stall")
        self.period = time("stall-every")
        self.service = time("service")

    def after_stall(self, moment):
        """The same moment, or the end of the stall it falls into; moments count from the epoch."""
        if self.stall and moment >= self.period and moment % self.period < self.stall:
            return moment - moment % self.period + self.stall
        return moment

    def answers(self, arrivals):
        """When messages that arrive at these moments are answered, if all have one latency."""
        last = None
        for arrival in arrivals:
            due = self.after_stall(arrival + self.latency)
            if self.service:
                if last is not None and last + self.service > due:
                    due = last + self.service
                due = last = self.after_stall(due)
            yield due


def quantile(ordered, share):
    """The least value that at least this share of the values do not exceed."""
    return ordered[max(0, -(-share * len(ordered) // 1) - 1)]


def known_latencies(model, intended, first, count):
    """The exact latencies of `count` messages of the window, from distribution and schedule."""
    if model.slow_per_thousand:
        if first % 1000 or count % 1000:
            sys.exit("truth_check: the window must hold whole thousands of messages")
        slow = count // 1000 * model.slow_per_thousand
        return sorted([model.latency] * (count - slow) + [model.slow] * slow)
    answers = list(model.answers(intended))
    window = slice(first, first + count)
    return sorted(a - i for a, i in zip(answers[window], intended[window]))


def read_log(path):
    with open(path, "rb") as file:
        data = file.read()
    if len(data) % ENTRY.size:
        sys.exit(f"truth_check: {path} does not consist of entries of {ENTRY.size} bytes")
    messages = []
    for stamp, arrived, due, answered, fault in ENTRY.iter_unpack(data):
        mark, _, producer, destination = struct.unpack_from(">BBHH", stamp)
        if mark != 0xA1:
            sys.exit("truth_check: an entry is without the mark of a stamp")
        sequence = int.from_bytes(stamp[6:12], "big")
        intended, actual = struct.unpack_from(">qq", stamp, 16)
        messages.append((intended, sequence, producer, destination, actual, arrived, due, answered,
                         fault))
    return messages


def check_plan(model, messages, per_second):
    """What the record says against schedule and plan; a list of complaints."""
    complaints = []
    by_arrival = sorted(messages)
    start = by_arrival[0][0]
    gap = Fraction(10**9) / per_second
    wrong = sum(1 for n, m in enumerate(by_arrival) if m[0] != start + int(n * gap))
    if wrong:
        complaints.append(f"{wrong} intended times are not those of the schedule")
    arrivals = [m[5] for m in by_arrival]
    epoch = arrivals[0]
    if arrivals != sorted(arrivals):
        complaints.append("messages did not arrive in the order of the schedule")
    if model.slow_per_thousand:
        for block in range(0, len(by_arrival) - 999, 1000):
            waits = [m[6] - m[5] for m in by_arrival[block:block + 1000]]
            if waits.count(model.slow) != model.slow_per_thousand or \
                    waits.count(model.latency) != 1000 - model.slow_per_thousand:
                complaints.append(f"thousand {block // 1000} has another mixture than planned")
                break
    else:
        plan = model.answers([a - epoch for a in arrivals])
        wrong = sum(1 for due, m in zip(plan, by_arrival) if due + epoch != m[6])
        if wrong:
            complaints.append(f"{wrong} answers were due at other times than the plan has")
    if any(m[7] < m[6] for m in messages):
        complaints.append("an answer came before it was due")
    return complaints


def reordered(messages):
    """Answers that came after a later one of the same producer and partition."""
    latest, count = {}, 0
    for message in messages:
        stream = message[2:4]
        if message[1] < latest.get(stream, -1):
            count += 1
        else:
            latest[stream] = message[1]
    return count


FAULTS = (None, "lose", "ack-then-lose", "duplicate", "reorder", "corrupt", "misroute")


def planted(messages):
    """Faults by what a ledger calls them, producer and partition, from the record alone."""
    counts = {}

    def add(name, producer, destination):
        key = (name, producer, destination)
        counts[key] = counts.get(key, 0) + 1
    by_stream = {}
    for message in sorted(messages):
        by_stream.setdefault(message[2:4], []).append(message)
    for (producer, destination), stream in by_stream.items():
        for place, message in enumerate(stream):
            fault = FAULTS[message[8]]
            if fault in ("lose", "ack-then-lose", "corrupt"):
                add("lost", producer, destination)
            if fault in ("ack-then-lose", "corrupt"):
                add("ackedThenLost", producer, destination)
            if fault == "corrupt":
                add("corrupt", -1, destination)
            if fault == "duplicate":
                add("duplicated", producer, destination)
            if fault == "misroute":
                add("misrouted", producer, destination)
            # Held back until another one of its stream was delivered; the last are not overtaken.
            if fault == "reorder" and any(
                    FAULTS[later[8]] in (None, "duplicate", "misroute")
                    for later in stream[place + 1:place + 20]):
                add("reordered", producer, destination)
    return counts


def judge_faults(result, messages):
    """Compares each count of each group with the record; rows and complaints."""
    expected = planted(messages)
    complaints, rows = [], []
    if result["ledger"].get("offendersOmitted"):
        complaints.append("the result leaves streams out")
    for group in {entry["group"] for entry in result["ledger"]["classes"]}:
        counted = {(each["fault"], each["producer"], each["destination"]): each["count"]
                   for each in result["ledger"]["offenders"] if each["group"] == group}
        for key in sorted(expected.keys() | counted.keys()):
            rows.append({"group": group, "fault": key[0], "producer": key[1],
                         "destination": key[2], "planted": expected.get(key, 0),
                         "counted": counted.get(key, 0)})
            if expected.get(key, 0) != counted.get(key, 0):
                complaints.append(f"{group}: {key[0]} of producer {key[1]} to {key[2]}: "
                                  f"planted {expected.get(key, 0)}, counted {counted.get(key, 0)}")
    return rows, complaints


def judge(result, messages, name):
    scenario = result["scenario"]["parameters"]
    model = Model(scenario["target"])
    load = scenario["classes"][0]["load"]
    if load["schedule"] != "constant" or len(scenario["classes"]) != 1:
        sys.exit("truth_check: only one class with a constant schedule has known values here")
    per_second = rate(load["rate"])
    complaints = check_plan(model, messages, per_second)
    start = min(m[0] for m in messages)
    window_start = start + result["window"]["warmupNanoseconds"]
    window_end = window_start + result["window"]["durationNanoseconds"]
    window = [m for m in messages if window_start <= m[0] < window_end]
    first = sum(1 for m in messages if m[0] < window_start)
    gap = Fraction(10**9) / per_second
    intended = [int(n * gap) for n in range(first + len(window))]
    known = known_latencies(model, intended, first, len(window))
    did = sorted(m[7] - m[0] for m in window)
    noise = sorted(m[5] - m[0] + m[7] - m[6] for m in window)
    rows = []
    for series in SERIES:
        summary = result["classes"][0]["series"][series]["summary"]
        if summary["count"] != len(did) or summary["outOfRange"]:
            complaints.append(
                f"{series} has {summary['count']} samples, the record {len(did)}")
        for field, share in PERCENTILES:
            rows.append({
                "distribution": name, "series": series, "percentile": field,
                "known": quantile(known, share), "did": quantile(did, share),
                "reported": summary[field], "noise": quantile(noise, share)})
    for row in rows:
        for reference in ("known", "did"):
            error = row["reported"] - row[reference]
            limit = max(20_000, row[reference] * 2 // 100)
            row[f"error_{reference}"] = error
            row[f"holds_{reference}"] = abs(error) <= limit
    late = reordered(messages)
    if result["ledger"]["totals"]["reordered"] != late:
        complaints.append(
            f"the ledger has {result['ledger']['totals']['reordered']} late messages, "
            f"the record {late}")
    return rows, complaints


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("result")
    parser.add_argument("log")
    parser.add_argument("--name", default="")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--faults", action="store_true",
                        help="compare the ledger with the faults of the record, and no latency")
    options = parser.parse_args()
    with open(options.result, encoding="utf-8") as file:
        result = json.load(file)
    messages = read_log(options.log)
    if options.faults:
        rows, complaints = judge_faults(result, messages)
    else:
        rows, complaints = judge(result, messages, options.name)
    for row in rows:
        if not row.get("holds_did", True):
            complaints.append(f"{row['series']} {row['percentile']}: reported {row['reported']}, "
                              f"the record has {row['did']}")
    if options.json:
        print(json.dumps({"rows": rows, "complaints": complaints}))
    elif options.faults:
        for row in rows:
            print("| {group} | {fault} | {producer} | {destination} | {planted} | {counted} |"
                  .format(**row))
    else:
        for row in rows:
            micro = {key: f"{row[key] / 1000:,.1f}" for key in
                     ("known", "did", "reported", "error_known", "error_did", "noise")}
            print("| {} | {} | {} | {known} | {did} | {reported} | {error_known} | {error_did} | "
                  "{noise} | {} |".format(
                      row["distribution"], row["series"], row["percentile"],
                      "yes" if row["holds_known"] else "no, see noise", **micro))
        for complaint in complaints:
            print(f"truth_check: {complaint}", file=sys.stderr)
    sys.exit(1 if complaints else 0)


if __name__ == "__main__":
    main()
