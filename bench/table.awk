# table.awk: medians and ratios of lines "WORKLOAD STORAGE PROGRAM ROWS MILLISECONDS KILOBYTES DIGEST", as a table, as JSON
# into the file `json`, and for the picture into the file `data`. Results that differ are an error.

function median(key,    n, i, k, kept) {
    n = count[key]
    for (i = 2; i <= n; i++) { # insertion sort: few
        kept = time[key, i]
        for (k = i - 1; k > 0 && time[key, k] > kept; k--) time[key, k + 1] = time[key, k]
        time[key, k + 1] = kept
    }
    return n % 2 ? time[key, (n + 1) / 2] : (time[key, n / 2] + time[key, n / 2 + 1]) / 2
}

function ratio(value, of) { return of in medians && medians[of] > 0 ? sprintf("%.2f", value / medians[of]) : "null" }

$7 == "-" { next } # a peer that cannot do it
{
    key = $1 " " $2 " " $3
    if (!(key in count)) keys[++key_count] = key
    time[key, ++count[key]] = $5
    rows[key] = $4
    if ($6 > memory[key]) memory[key] = $6
    if ($1 in digest && digest[$1] != $7) {
        print "bench: the results of " $1 " differ: " first[$1] ", and " key > "/dev/stderr"
        failed = 1
    }
    if (!($1 in digest)) { digest[$1] = $7; first[$1] = key }
}

END {
    if (failed) exit 1
    printf "%-13s %-7s %-11s %9s %11s %10s %11s %10s\n", "workload", "storage", "program", "rows", "median ms", "per plain", "per expert", "peak KB"
    printf "[\n" > json
    for (i = 1; i <= key_count; i++) medians[keys[i]] = median(keys[i])
    for (i = 1; i <= key_count; i++) {
        key = keys[i]
        split(key, part, " ")
        plain = ratio(medians[key], part[1] " " part[2] " plain")
        expert = ratio(medians[key], part[1] " " part[2] " expert")
        printf "%-13s %-7s %-11s %9d %11.2f %10s %11s %10d\n", part[1], part[2], part[3], rows[key], medians[key], plain, expert, memory[key]
        if (part[3] != "plain" && part[3] != "expert" && part[3] != "corm") continue
        printf "%s  {\"workload\": \"%s\", \"storage\": \"%s\", \"program\": \"%s\", \"rows\": %d, \"median_ms\": %.3f, \"ratio_plain\": %s, \"ratio_expert\": %s, \"peak_rss_kb\": %d}", written++ ? ",\n" : "", part[1], part[2], part[3], rows[key], medians[key], plain, expert, memory[key] > json
        if (part[2] == "disk" || !((part[1] " disk " part[3]) in medians)) {
            if (!(part[1] in shown)) { order[++order_count] = part[1]; shown[part[1]] = 1 }
            bar[part[1], part[3]] = plain == "null" ? "NaN" : plain
        }
    }
    printf "\n]\n" > json
    print "workload expert corm" > data
    for (i = 1; i <= order_count; i++) print order[i], bar[order[i], "expert"], bar[order[i], "corm"] > data
}
