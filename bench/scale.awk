# scale.awk: tables of lines "SCALE WORKLOAD STORAGE PROGRAM ROWS MILLISECONDS KILOBYTES DIGEST PEAK HELD" (see bench/scale), and
# the same as JSON into the file `json`. Results that differ are an error. `struct` and `text`: bytes of an object and of its texts.

function median(values, n,    i, k, kept) { # of values[1] to values[n]
    for (i = 2; i <= n; i++) { # insertion sort: few
        kept = values[i]
        for (k = i - 1; k > 0 && values[k] > kept; k--) values[k + 1] = values[k]
        values[k + 1] = kept
    }
    return n % 2 ? values[(n + 1) / 2] : (values[n / 2] + values[n / 2 + 1]) / 2
}

# The median of one of the columns of a workload and program, or nothing.
function of(column, scale, workload, program,    key, i, values) {
    key = scale " " workload " " program
    if (!(key in count)) return ""
    for (i = 1; i <= count[key]; i++) values[i] = measured[column, key, i]
    return median(values, count[key])
}

function growth(column, scale, workload, program,    now, then) {
    now = of(column, scale, workload, program)
    then = of(column, 100000, workload, program)
    return now == "" || then == "" || then <= 0 ? "" : (now / scale) / (then / 100000)
}

function number(format, value) { return value == "" ? "-" : sprintf(format, value) }
function as_json(value) { return value == "" ? "null" : sprintf("%.4g", value) }

# Not more than a quarter above what it was at 100,000, or above what plain C's has become.
function verdict(mine, plain) {
    if (mine == "" || plain == "") return "-"
    return mine <= 1.25 || mine <= 1.25 * plain ? "yes" : "NO"
}

function row(scale, workload,    p, i, mine, other, times, bytes, programs) {
    mine = growth("time", scale, workload, "corm")
    other = growth("time", scale, workload, "plain")
    times = verdict(mine, other)
    bytes = verdict(growth("peak", scale, workload, "corm"), growth("peak", scale, workload, "plain"))
    printf "%-8s %9d %8.0f %8.0f %8.0f %6.2f %7s %7s %7s %5s %7.0f %7.0f %7s %7s %5s\n", workload, scale,
        of("time", scale, workload, "plain") * 1e6 / scale, of("time", scale, workload, "expert") * 1e6 / scale, of("time", scale, workload, "corm") * 1e6 / scale,
        of("time", scale, workload, "corm") / of("time", scale, workload, "plain"),
        number("%.2f", other), number("%.2f", growth("time", scale, workload, "expert")), number("%.2f", mine), times,
        of("peak", scale, workload, "plain") / scale, of("peak", scale, workload, "corm") / scale,
        number("%.2f", growth("peak", scale, workload, "plain")), number("%.2f", growth("peak", scale, workload, "corm")), bytes
    split("plain expert corm", programs, " ")
    for (i = 1; i <= 3; i++) {
        p = programs[i]
        printf "%s  {\"workload\": \"%s\", \"program\": \"%s\", \"rows\": %d, \"ns_per_row\": %.1f, \"time_growth\": %s, \"peak_bytes_per_row\": %.1f, \"memory_growth\": %s}",
            written++ ? ",\n" : "", workload, p, scale, of("time", scale, workload, p) * 1e6 / scale, as_json(growth("time", scale, workload, p)),
            of("peak", scale, workload, p) / scale, as_json(growth("peak", scale, workload, p)) > json
    }
}

function line(what, value, unit, bound) {
    printf "%-78s %9.2f %-6s %s\n", what, value, unit, bound == "" ? "" : sprintf("at most %s: %s", bound, value <= bound ? "yes" : "NO")
    printf "%s  {\"measure\": \"%s\", \"value\": %.3f, \"unit\": \"%s\", \"bound\": %s}", written++ ? ",\n" : "", what, value, unit, bound == "" ? "null" : bound > json
}

function queries(name) { return of("time", 100000, name, "corm") / of("time", 100000, name, "plain") }

{
    key = $1 " " $2 " " $4
    if (!(($1 " " $2) in seen) && $2 ~ /^W/) { seen[$1 " " $2] = 1; order[++order_count] = $1 " " $2 }
    measured["time", key, ++count[key]] = $6
    measured["peak", key, count[key]] = $9
    measured["held", key, count[key]] = $10
    of_digest = $1 " " $2
    if (of_digest in digest && digest[of_digest] != $8) {
        print "bench: the results of " $2 " with " $1 " rows differ: plain C, and corm" > "/dev/stderr"
        exit failed = 1
    }
    digest[of_digest] = $8
}

END {
    if (failed) exit 1
    printf "[\n" > json
    print "                    time, ns per row            ratio, and growth                     memory, bytes per row, and its growth"
    printf "%-8s %9s %8s %8s %8s %6s %7s %7s %7s %5s %7s %7s %7s %7s %5s\n", "workload", "rows", "plain", "expert", "corm", "ratio", "plain", "expert", "corm", "kept", "plain", "corm", "plain", "corm", "kept"
    for (w = 1; w <= order_count; w++) {
        split(order[w], part, " ")
        if (part[2] in printed) continue
        printed[part[2]] = 1
        for (i = w; i <= order_count; i++) {
            split(order[i], other, " ")
            if (other[2] == part[2]) row(other[1], other[2])
        }
    }
    print "\nGrowth: a row's cost relative to that at 100,000 rows; kept: at most 1.25, or 1.25 of plain C's. Memory: what the workload added, at its peak.\n"
    line("autoflush, per tracked object and query", (of("time", 100000, "queries-tracked", "corm") - of("time", 100000, "queries-no-autoflush", "corm")) * 1e6 / 1000 / 100000, "ns", 2)
    line("1,000 queries per plain C, 100,000 read-only objects loaded", queries("queries-read-only"), "", 1.3)
    line("1,000 queries per plain C, 100,000 tracked, autoflush off", queries("queries-no-autoflush"), "", 1.3)
    line("1,000 queries per plain C, 100,000 tracked", queries("queries-tracked"), "", 1.3)
    line("a commit with 10 changes among 1,000,000 loaded", of("time", 1000000, "commit-10", "corm"), "ms", 5)
    line("the same in plain C", of("time", 1000000, "commit-10", "plain"), "ms", "")
    for (i = 1; i <= order_count; i++) {
        split(order[i], part, " ")
        if (part[2] != "W3" || part[1] < 100000) continue
        line("a tracked object (a User of W3) among " part[1] ", with its texts", of("held", part[1], "W3", "corm") / part[1], "bytes", 2 * struct + 64 + text)
        line("the same in plain C", of("held", part[1], "W3", "plain") / part[1], "bytes", "")
    }
    printf "\n]\n" > json
}
