# several.sh, read by the scripts that run many things: several COMMAND ITEM... calls COMMAND with each item, $JOBS at a
# time, each call in a subshell. What a call says on stdout is printed when it has ended, whole. Tells in $good how many
# calls answered 0, and answers 0 itself if all did; a call that was killed did not.
# shellcheck shell=sh

case ${JOBS-} in
*[!0-9]* | '' | 0) JOBS=$(nproc 2> /dev/null || getconf _NPROCESSORS_ONLN 2> /dev/null || echo 1) ;;
esac

# Prints what has been said and not printed yet. Who finds another at it leaves it to him, or to the end.
several_print() {
    mkdir "$several/printing" 2> /dev/null || return 0
    for several_said in "$several"/*/said; do
        [ ! -f "$several_said" ] || { cat "$several_said" && rm "$several_said"; }
    done
    rmdir "$several/printing"
}

# Each worker takes the next item that none has taken: of all that make a directory, one succeeds.
several_work() {
    several_number=0
    for several_item; do
        several_number=$((several_number + 1))
        several_mine=$several/$several_number
        mkdir "$several_mine" 2> /dev/null || continue
        ("$several_command" "$several_item") > "$several_mine/saying" &
        several_call=$!
        trap 'kill -s TERM "$several_call" 2> /dev/null; wait "$several_call"; exit 143' TERM
        wait "$several_call" && : > "$several_mine/good"
        trap - TERM
        mv "$several_mine/saying" "$several_mine/said"
        several_print
    done
}

# A shell ignores an interrupt in what it runs in the background, hence TERM.
several_stop() {
    # shellcheck disable=SC2086
    kill -s TERM $several_workers 2> /dev/null
    wait
    rm -rf "$several"
    exit 130
}

several() {
    several_command=$1
    shift
    several=$(mktemp -d) || exit 1
    several_workers=
    trap several_stop HUP INT TERM
    several_left=$JOBS
    while [ "$several_left" -gt 0 ]; do
        several_work "$@" &
        several_workers="$several_workers $!"
        several_left=$((several_left - 1))
    done
    wait
    trap - HUP INT TERM
    rmdir "$several/printing" 2> /dev/null
    several_print
    good=$(ls -d "$several"/*/good 2> /dev/null | wc -l)
    good=$((good))
    rm -rf "$several"
    [ "$good" = "$#" ]
}
