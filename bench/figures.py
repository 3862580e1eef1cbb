#!/usr/bin/python3
"""figures: writes what was measured last into the tables of docs/performance.md.

Reads bench/results.json (make bench), bench/scale.json (make bench-scale) and, where the path of one is given, what
`make bench-instructions BENCH_ROWS=2000` printed. Rows keep their words; only their numbers change. The sentences around
the tables, and those of README.md, are for whoever runs it to look at: it prints the ratios that they speak of.
"""

import json
import re
import sys

PAGE = "docs/performance.md"


def thousands(text):
    return int(text.replace(",", ""))


def times(results):
    """By workload: the cells of its row behind the description."""
    of = {(r["workload"], r["storage"], r["program"]): r for r in results}
    rows = {}
    for workload in {r["workload"] for r in results}:
        disk = {p: of[workload, "disk", p] for p in ("plain", "expert", "corm")}
        memory = {p: of[workload, "memory", p] for p in ("expert", "corm")}
        rows[workload] = [
            f'{disk["plain"]["median_ms"]:.1f}',
            f'{disk["expert"]["ratio_plain"]:.2f}',
            f'{disk["corm"]["ratio_plain"]:.2f}',
            f'{disk["corm"]["ratio_expert"]:.2f}',
            str(disk["corm"]["peak_rss_kb"]),
            f'{memory["expert"]["ratio_plain"]:.2f}',
            f'{memory["corm"]["ratio_plain"]:.2f}',
        ]
    return rows


def growth(scale):
    """By workload and number of rows: the cells of its row."""
    of = {(r["workload"], r["rows"], r["program"]): r for r in scale if "ns_per_row" in r}
    rows = {}
    for workload, count, program in of:
        plain, expert, corm = (of[workload, count, p] for p in ("plain", "expert", "corm"))
        rows[workload, count] = [
            f'{plain["ns_per_row"]:.0f}',
            f'{expert["ns_per_row"]:.0f}',
            f'{corm["ns_per_row"]:.0f}',
            f'{corm["ns_per_row"] / plain["ns_per_row"]:.2f}',
            f'{plain["peak_bytes_per_row"]:.0f}',
            f'{corm["peak_bytes_per_row"]:.0f}',
        ]
    return rows


def instructions(path):
    """By workload: plain C, expert C and corm."""
    with open(path, encoding="utf-8") as told:
        lines = [line.split() for line in told]
    return {line[0]: line[2:5] for line in lines if len(line) == 7 and line[1].isdigit()}


def main():
    with open("bench/results.json", encoding="utf-8") as file:
        measured = times(json.load(file))
    with open("bench/scale.json", encoding="utf-8") as file:
        scale = json.load(file)
    grown = growth(scale)
    counted = instructions(sys.argv[1]) if len(sys.argv) > 1 else {}
    with open(PAGE, encoding="utf-8") as file:
        lines = file.read().split("\n")
    changed = 0
    for i, line in enumerate(lines):
        cells = [cell.strip() for cell in line.split("|")[1:-1]]
        if len(cells) == 9 and cells[0] in measured:
            cells[2:] = measured[cells[0]]
        elif len(cells) == 4 and cells[0] in counted:
            cells[1:] = counted[cells[0]]
        elif len(cells) == 8 and re.fullmatch(r"[\d,]+", cells[1]) and (cells[0], thousands(cells[1])) in grown:
            cells[2:] = grown[cells[0], thousands(cells[1])]
        else:
            continue
        lines[i] = "| " + " | ".join(cells) + " |"
        changed += 1
    with open(PAGE, "w", encoding="utf-8") as file:
        file.write("\n".join(lines))
    print(f"{PAGE}: {changed} rows have the figures that were measured last. Its sentences, and README.md's, speak of:")
    for workload, cells in sorted(measured.items()):
        print(f"  {workload:13} {cells[2]} of plain C, {cells[3]} of expert C")
    for row in scale:
        if "ns_per_row" not in row:
            print("  " + ", ".join(f"{value}" for value in row.values()))


main()
