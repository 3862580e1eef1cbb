# shown.awk PROGRAM... PAGE.md...: names the lines in the pages' blocks of C, SQL and text that no program has.
#
# A block of ```c or ```cpp stands in one program: its lines in their order, others may stand between them. A block of
# ```sql or ```text stands so in what one example prints (the comment at its end, which `make examples` compares), or
# in the texts of one test. There a statement, and every line of a text, ends where the example's line ends; behind
# it may stand its values "[1]", its rows, or what it gave " => 1". Comments of C, blanks and broken lines make no
# difference, a call that is a statement in a page may be the argument of another one, and "..." in a page stands for whatever the program has there. A block without a word behind ``` is
# a drawing, which nobody compares.

function bare(text) {
    gsub(/[ \t]+/, "", text)
    sub(/\\$/, "", text)
    return text
}

function uncommented(text,    from, to, out) {
    for (out = ""; text != "";) {
        if (commented) {
            if (!(to = index(text, "*/"))) break
            text = substr(text, to + 2)
            commented = 0
        }
        from = index(text, "/*")
        out = out (from ? substr(text, 1, from - 1) : text)
        text = from ? substr(text, from + 2) : ""
        commented = from > 0
    }
    return out
}

# What the literals of C say, one with those that follow it.
function literal(text) {
    gsub(/\\n/, "", text)
    gsub(/\\"/, "\001", text)
    gsub(/""/, "", text)
    gsub(/\001/, "\"", text)
    gsub(/\\\\/, "\\", text)
    return text
}

# The text behind the first place where the part stands; ABSENT: nowhere. In C a name does not begin within another (blanks
# are gone, so that a keyword may stand right before it); in what is printed the part begins and ends a line, if asked.
function behind(text, part, is_code, begins, ends,    at, before) {
    for (before = "\n"; (at = index(text, part)) > 0;) {
        if (at > 1) before = substr(text, 1, at - 1)
        text = substr(text, at + length(part))
        if (!(is_code && part ~ /^[A-Za-z_]/ && before ~ /[A-Za-z0-9_]$/ && before !~ /(static|const|return|else)$/) &&
            !(begins && before !~ /\n$/) && !(ends && text !~ /^(\n|\[|=>|[0-9]+rows?\n)/)) return text
        before = part
    }
    return ABSENT
}

# How many of the block's lines the text has, one behind the other.
function lines_in(text, is_code, printed_text,    i, k, n, parts, rest) {
    for (i = 1; i <= count; i++) {
        n = split(lines[i], parts, /\.\.\./)
        for (k = 1; k <= n; k++) {
            if (parts[k] == "") continue
            rest = behind(text, parts[k], is_code && k == 1, printed_text && k == 1 && begins[i], printed_text && k == n && ends[i])
            if (rest == ABSENT && is_code && k == n && parts[k] ~ /\);$/)
                rest = behind(text, substr(parts[k], 1, length(parts[k]) - 1), k == 1, 0, 0)
            if (rest == ABSENT) return i - 1
            text = rest
        }
    }
    return count
}

function shows(kind) {
    return kind ~ /^(c|cpp|sql|text)$/
}

function look(    i, file, most, found) {
    most = 0
    for (i = 1; i <= count; i++) {
        begins[i] = kind == "sql" && (i == 1 || ends[i - 1])
        ends[i] = kind == "text" || i == count || shown[i + 1] ~ /^(SELECT|INSERT|UPDATE|DELETE|WITH|CREATE|--)/
    }
    for (i = 1; i <= programs && (most < count || file == ""); i++) {
        found = kind ~ /^c/ ? lines_in(code[program[i]], 1, 0) : lines_in(said[program[i]], 0, program[i] ~ /^examples/)
        if (found > most || file == "") {
            most = found
            file = program[i]
        }
    }
    if (most < count)
        print page ":" number[most + 1] " shows what no program has" \
            (most > 0 ? " behind the lines above it (" file " has those)" : "") ": " shown[most + 1]
}

BEGIN { ABSENT = "\002" }
FNR == 1 {
    page = FILENAME
    is_page = page ~ /\.md$/
    commented = printed = 0
    kind = ""
    if (!is_page) program[++programs] = page
}
!is_page && page ~ /^examples/ && /^\/\* Output:$/ { printed = 1; next }
!is_page && printed { said[page] = said[page] bare(substr($0, 4)) "\n"; next }
!is_page {
    line = bare(uncommented($0))
    code[page] = code[page] line
    if (page !~ /^examples/) said[page] = said[page] line
    next
}
!unpacked {
    for (i = 1; i <= programs; i++)
        if (program[i] !~ /^examples/) said[program[i]] = literal(said[program[i]])
    unpacked = 1
}
/^```/ {
    if (kind == "") {
        kind = substr($0, 4)
        if (kind == "") kind = "drawing"
        else if (!shows(kind) && kind != "sh") print page ":" FNR " begins a block of " kind ", which nobody compares"
        count = commented = 0
    } else {
        if (shows(kind)) look()
        kind = ""
    }
    next
}
kind == "drawing" && /corm_[a-z_]+\(/ {
    print page ":" FNR " is C in a block that does not say so: begin it with ```c"
}
shows(kind) {
    line = bare(kind ~ /^c/ ? uncommented($0) : $0)
    if (line != "") {
        lines[++count] = line
        shown[count] = $0
        number[count] = FNR
    }
}
