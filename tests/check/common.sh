# Read by the checks: where things are, and how a check says what it found. Each check is a script of its own, run by
# tests/check/run; alone it is run as `make check CHECKS=rooms`.
# shellcheck shell=sh
set -u

cd "$(dirname "$0")/../.." || exit 1
: "${WARNINGS:?is set by the Makefile: run make check}"
. tests/several.sh
LC_ALL=C
export LC_ALL
bad=0
scratch=$(mktemp -d) || exit 1
trap 'rm -rf "$scratch"' EXIT

wrong() { # wrong MESSAGE: what is wrong, and what to do
    echo "WRONG   $*"
    bad=1
}

shown() { # the first lines of a file, indented
    head -n "${2:-20}" "$1" | sed 's/^/    /'
}

done_with() { # done_with MESSAGE: the check's line if all is well; ends the script
    [ "$bad" = 1 ] || echo "ok      $*"
    exit "$bad"
}
