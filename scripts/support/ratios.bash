# Sourced by the scripts that measure ratios: the build, and the table at the end.
# They set `work` to a folder of their own first; their rows are collected in "$work/rows".

# build: both executables, as they are measured. Sets `bin`.
build() {
    scripts/packages
    scripts/support/build -c release --product aerobench
    scripts/support/build -c release --product aeromq
    bin=.build/release
}

# await FILE PROCESS: the first line of FILE, as soon as there is one; FILE.errors says why not.
await() {
    until [[ -s $1 ]]; do
        if ! kill -0 "$2" 2>/dev/null; then
            cat "$1.errors" >&2
            return 1
        fi
        sleep 0.05
    done
    head -n 1 "$1"
}

# value RESULT METRIC [BASE]: a number of a result, or its ratio to that of BASE; `-` without one.
value() {
    local words=("$1" --metric "$2")
    if (($# > 2)); then words+=(--over "$3"); fi
    "$bin/aerobench" value "${words[@]}" 2>>"$work/doubts" || printf -- '-\n'
}

# quotient DIVIDEND DIVISOR: `-` when one of them is missing or the divisor is zero.
quotient() {
    awk -v a="$1" -v b="$2" 'BEGIN { if (a == "-" || b + 0 == 0) print "-"; else print a / b }'
}

# member FILE NAME: a number of a flat JSON object in one line.
member() { sed -nE "s/.*\"$2\": ?([0-9.]+).*/\\1/p" "$1"; }

# row MEASURE GOAL VALUE...: a line of the table; GOAL is `>= X`, `<= X` or `-` for none.
row() {
    local IFS=$'\t'
    printf '%s\n' "$*" >>"$work/rows"
}

# print_table: every row, its values by round, their median, and whether that meets the goal.
print_table() {
    awk -F '\t' '
        function text(x) { return x == "-" ? "-" : sprintf(x + 0 >= 100 ? "%.0f" : "%.3f", x) }
        BEGIN {
            format = "%-58s %-26s %9s  %-8s  %s\n"
            printf format, "measure", "by round", "median", "goal", "verdict"
        }
        {
            count = met = 0; rounds = ""
            split($2, goal, " ")
            for (field = 3; field <= NF; field++) {
                rounds = rounds (field > 3 ? " " : "") text($field)
                if ($field == "-") continue
                for (i = count++; i > 0 && v[i - 1] > $field + 0; i--) v[i] = v[i - 1]
                v[i] = $field + 0
                met += goal[1] == ">=" ? $field + 0 >= goal[2] + 0 : $field + 0 <= goal[2] + 0
            }
            median = "-"
            if (count) median = (v[int((count - 1) / 2)] + v[int(count / 2)]) / 2
            verdict = ""
            if ($2 != "-") {
                good = count && (goal[1] == ">=" ? median >= goal[2] + 0 : median <= goal[2] + 0)
                verdict = sprintf("%s (%d of %d rounds)", good ? "met" : "missed", met, NF - 2)
            }
            printf format, $1, rounds, text(median), $2, verdict
        }' "$work/rows"
}
