# corm: `make` lists what there is to make. GNU make, a POSIX shell and awk are assumed; what else a target needs it
# installs itself on Debian and its relatives, and names elsewhere (tests/check/need).
#
# Variables: CC, CFLAGS, LDFLAGS; SANITIZE=1 (address and undefined behaviour), SANITIZE=thread (data races), WERROR=1 (a warning is an error),
# V=1 (shows the commands), TESTS="flush load" (only these), FILES=... (make conformance), SEED=..., COUNT=... (make conformance-record),
# TEST_TIMEOUT=900 (seconds for each test program),
# LINKED=1 (the implementation is compiled once and linked to the test programs that can share it),
# JOBS=2 (how many programs are compiled, and tests run, at a time; without it what -j says, or one for each core).

CFLAGS ?= -O2 -g
export TEST_TIMEOUT ?= 900
export WARNINGS := -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wstrict-prototypes \
                   -Wmissing-prototypes

# Every configuration builds into a directory of its own, so that they do not disturb each other.
empty :=
space := $(empty) $(empty)
sanitize := $(filter-out 0 thread,$(SANITIZE))
races := $(filter thread,$(SANITIZE))
configuration := $(subst /,_,$(subst $(space),_,$(strip $(CC))))-$(if $(races),thread,$(if $(sanitize),sanitize,plain))
build := build/$(configuration)$(if $(filter-out 0,$(LINKED)),-linked)

ifneq ($(races),)
optimize := -O1 -g -fno-omit-frame-pointer -fsanitize=thread
# ThreadSanitizer of older compilers cannot live with all that newer kernels do to place memory at random.
export RUNNER := $(shell setarch $$(uname -m) -R true 2> /dev/null && echo setarch $$(uname -m) -R)
else ifneq ($(sanitize),)
# Nothing that could be an error is optimized away, and most of the time goes into compiling; the plain build is optimized.
optimize := -O0 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all
export ASAN_OPTIONS ?= detect_leaks=1:detect_stack_use_after_return=1
export UBSAN_OPTIONS ?= print_stacktrace=1
else
optimize := $(CFLAGS)
endif
# As many jobs as make was told to run; none said: one for each core. Only a recipe can see it.
ifeq ($(MAKELEVEL)$(filter -j% --jobserver%,$(MAKEFLAGS)),0)
cores := $(or $(JOBS),$(shell getconf _NPROCESSORS_ONLN))
MAKEFLAGS += -j$(cores)
endif
JOBS ?= $(patsubst -j%,%,$(filter -j%,$(MAKEFLAGS)))
quiet := $(if $(filter-out 0,$(V)),,@)
werror := $(if $(filter-out 0,$(WERROR)),-Werror)
compile = $(CC) -std=c11 $(WARNINGS) $(werror) $(optimize) -I. -Itests
libraries = -lcmocka -lsqlite3 -lpthread -lm

# ---- What is there -----------------------------------------------------------------------------

# A test is one file tests/NAME.c, or a directory tests/NAME/ whose files are linked to one program.
not_tests := check fail conformance cplusplus
test_files := $(patsubst tests/%.c,%,$(wildcard tests/*.c))
test_directories := $(filter-out $(not_tests),$(sort $(patsubst tests/%/,%,$(dir $(wildcard tests/*/*.c)))))
everything := $(if $(TESTS),,yes)
TESTS ?= $(sort $(test_files) $(test_directories))
# The longest begin first, so that none is left running alone at the end.
longest := faults faults_together
test_programs = $(patsubst %,$(build)/tests/%,$(filter $(longest),$(TESTS)) $(filter-out $(longest),$(TESTS)))
# They measure time, or have threads that race: they run after the others, one at a time.
alone := threads processes

# With LINKED=1, those whose configuration is the default and that see no more than a user does: `#define CORM_IMPLEMENTATION`,
# with nothing behind it, is the only CORM_ macro that they define. allocators.h, which the headers of the fuzzers include, defines others.
unlike := $(shell grep -e '^ *. *define *CORM_' -e '^.include "\(allocators\|graph_model\|models_many\|query_changes\|random_work\).h"' tests/*.c | \
                   grep -v ':.define CORM_IMPLEMENTATION$$' | sed 's|^tests/||; s|\.c:.*||')
linked := $(if $(filter-out 0,$(LINKED)),$(filter-out $(unlike),$(test_files)))

conformance_sources := $(wildcard tests/conformance/*.c)
conformance_main := $(wildcard tests/conformance/replay*.c)
FILES ?= $(sort $(wildcard tests/conformance/*.jsonl))
conformance_run = $(if $(conformance_main),$(build)/conformance $(FILES))

# An example is one file examples/NAME.c, or a directory examples/NAME/ whose files are one program.
example_files := $(patsubst examples/%.c,%,$(wildcard examples/*.c))
example_directories := $(patsubst examples/%/main.c,%,$(wildcard examples/*/main.c))
examples := $(example_files) $(example_directories)
# Both compilers where both are there, else the one that is.
example_compilers := $(or $(foreach c,gcc clang,$(if $(shell command -v $(c)),$(c))),$(CC))
example_programs := $(foreach c,$(example_compilers),$(examples:%=build/examples/$(c)/%))

headers := corm.h corm_declarations.h corm_sqlite.h

.DELETE_ON_ERROR:
.SUFFIXES:
.PHONY: help check test test-threads threads-example test-long valgrind examples examples-update examples-windows conformance conformance-record demo format \
        install-test-deps bench bench-scale bench-figures bench-instructions bench-build bench-peers clean need-demo need-test need-check need-valgrind need-bench \
        need-windows FORCE

##help: this list
help:
	@sed -n 's/^##\([a-z.-]*\): \(.*\)/make \1\t\2/p' Makefile | expand -t 28

# ---- corm.h ------------------------------------------------------------------------------------

##corm.h: join the rooms of src/ into corm.h and corm_declarations.h
corm.h: corm_declarations.h
corm_declarations.h: join_what := --declarations
corm.h corm_declarations.h: src/ROOMS src/join $(wildcard src/*.[ch])
	@mkdir -p build
	@sh src/join $(join_what) > build/$@.$$$$ || { rm -f build/$@.$$$$; exit 1; }; \
	if cmp -s build/$@.$$$$ $@; then rm build/$@.$$$$; touch $@; \
	else mv build/$@.$$$$ $@ && echo "$@: joined from src/"; fi

# ---- check -------------------------------------------------------------------------------------

##check: the house is in order: corm.h is current, rooms, symbols, format, warnings (CHECKS="rooms format": only these; systems: for Windows)
check: need-check
	@CC="$(CC)" JOBS=$(JOBS) sh tests/check/run $(CHECKS)

need-check:
	@sh tests/check/need "make check" "$(CC)" cc gcc clang g++ sqlite clang-format valgrind

##format: let clang-format rewrite src/, corm_sqlite.h, tests/, examples/ and bench/
format:
	@sh tests/check/need "make format" "$(CC)" clang-format
	@sh tests/check/format --rewrite

# ---- test --------------------------------------------------------------------------------------

need-test:
	@sh tests/check/need "make test" "$(CC)" cc gcc clang sqlite cmocka jansson $(if $(sanitize)$(races),sanitize)

##install-test-deps: install what test, check and examples need
install-test-deps:
	@sh tests/check/need "make install-test-deps" gcc cc gcc sqlite cmocka jansson sanitize
	@sh tests/check/need "make install-test-deps" clang clang g++ sanitize clang-format

# What single tests ask of the compiler besides.
flags_of_standard := -pedantic-errors

# Flags that differ from the last time build everything anew.
$(build)/flags: FORCE
	@mkdir -p $(build)/tests
	@echo '$(compile) $(LDFLAGS)' | cmp -s - $@ || echo '$(compile) $(LDFLAGS)' > $@

jansson = $(shell grep -q jansson.h $(filter %.c %.h,$(1)) && echo -ljansson)

$(test_files:%=$(build)/tests/%): $(build)/tests/%: tests/%.c $(headers) $(build)/flags | need-test
	@echo "build   $@"
	$(quiet)$(compile) $(flags_of_$*) $(implementation) -MMD -MP -MF $@.d -MT $@ -o $@ $< $(LDFLAGS) $(libraries) $(call jansson,$<)

implementation_object := $(build)/objects/two_files/corm.o
$(linked:%=$(build)/tests/%): private implementation = -iquote tests/linked $(implementation_object)
$(linked:%=$(build)/tests/%): $(implementation_object) tests/linked/corm_sqlite.h

define test_directory
$(1)_objects := $$(patsubst tests/%.c,$$(build)/objects/%.o,$$(wildcard tests/$(1)/*.c))
$$(build)/tests/$(1): $$($(1)_objects)
	$$(quiet)$$(compile) -o $$@ $$($(1)_objects) $$(LDFLAGS) $$(libraries) $$(call jansson,$$(wildcard tests/$(1)/*.c))
endef
$(foreach d,$(test_directories),$(eval $(call test_directory,$(d))))

$(build)/objects/%.o: tests/%.c $(headers) $(build)/flags | need-test
	@mkdir -p $(@D)
	@echo "build   $@"
	$(quiet)$(compile) -MMD -MP -MF $@.d -MT $@ -c -o $@ $<

$(build)/leak: tests/check/leak.c $(build)/flags | need-test
	$(quiet)$(compile) -o $@ $<

##test: build and run all tests (CC=clang SANITIZE=1: with sanitizers; TESTS="flush load": only these programs)
test: $(test_programs) $(if $(sanitize),$(build)/leak) $(if $(everything),$(firstword $(conformance_run))) | need-test
	@JOBS=$(JOBS) ALONE="$(alone)" LEAK=$(if $(sanitize),$(build)/leak) FAIL=$(if $(everything),tests/fail/run) \
	 CONFORMANCE="$(if $(everything),$(conformance_run))" \
	 sh tests/run $(build) $(test_programs)

##test-threads: tests/threads and examples/threads.c under ThreadSanitizer (CC=clang: clang's)
test-threads: | need-test
	@$(MAKE) --no-print-directory SANITIZE=thread TESTS=threads test threads-example

threads-example: $(build)/threads-example
	@scratch=$$(mktemp -d) && program=$(abspath $<) && cd "$$scratch" && $(RUNNER) "$$program" > output 2>&1; \
	 status=$$?; [ "$$status" = 0 ] || { cat output; echo "FAILED  examples/threads.c: status $$status" >&2; }; \
	 rm -rf "$$scratch"; [ "$$status" = 0 ] && echo "ok      examples/threads.c"

$(build)/threads-example: examples/threads.c $(headers) $(build)/flags | need-test
	@echo "build   $@"
	$(quiet)$(compile) -o $@ $< $(LDFLAGS) -lsqlite3 -lpthread -lm

##test-long: a million rounds of every loop (tests/memory), and five thousand seeds of the fuzzers of graphs, models, queries and calls
test-long: export CORM_ROUNDS ?= 1000000
test-long: export CORM_SEEDS ?= 5000
test-long: TEST_TIMEOUT := 7200
test-long: $(build)/tests/memory $(build)/tests/graph_fuzz $(build)/tests/models_fuzz $(build)/tests/query_fuzz $(build)/tests/calls_fuzz | need-test
	@JOBS=$(JOBS) LEAK= FAIL= CONFORMANCE= sh tests/run $(build) $^; status=$$?; \
	 grep -h -e ' rounds: ' -e '^ok .*does_not_grow' $(build)/log/memory; exit $$status

need-valgrind:
	@sh tests/check/need "make valgrind" "$(CC)" valgrind

# With fewer rounds. Without threads (valgrind runs one at a time, and its clock is not the test's), without processes (those
# that are killed free nothing), without query_fuzz (SQLite's sums are others where a long double has 64 bits, as it has under
# valgrind), and without calls_fuzz (it forgets objects that are the program's).
valgrind_programs = $(filter-out %/threads %/processes %/query_fuzz %/calls_fuzz,$(test_programs))

##valgrind: run the tests but four under valgrind, with fewer rounds; errors and leaks fail (TESTS=... as above)
valgrind: export CORM_ROUNDS ?= 100
valgrind: export CORM_FAULTS ?= 23
valgrind: export CORM_RESIDENT := no
valgrind: TEST_TIMEOUT := 3600
valgrind: $(valgrind_programs) | need-test need-valgrind
	@$(if $(sanitize),echo "make valgrind: without SANITIZE: the two exclude each other" >&2; exit 1)
	@JOBS=$(JOBS) ALONE="$(alone)" LEAK= FAIL= CONFORMANCE= RUNNER="valgrind -q --error-exitcode=9 --leak-check=full --num-callers=30" \
	 sh tests/run $(build) $(valgrind_programs)

conformance_objects := $(conformance_sources:tests/%.c=$(build)/objects/%.o)
$(build)/conformance: $(conformance_objects)
	$(quiet)$(compile) -o $@ $(conformance_objects) $(LDFLAGS) $(libraries) -ljansson

##conformance: replay recorded traces (FILES=..., default tests/conformance/*.jsonl)
conformance: $(build)/conformance
	$(build)/conformance $(FILES)

SEED ?= 1
COUNT ?= 1000
new_traces := build/traces/$(SEED)

##conformance-record: record new traces of SQLAlchemy 2.0 and replay them (SEED=1, COUNT=1000, PYTHONPATH=DIR: where SQLAlchemy stands)
conformance-record: $(build)/conformance
	@/usr/bin/python3 tests/conformance/record.py --check
	@mkdir -p build/traces
	@echo "record  $(new_traces).jsonl; what has a quirk: $(new_traces)-quirks.jsonl"
	$(quiet)/usr/bin/python3 tests/conformance/record.py --seed $(SEED) --count $(COUNT) --quirks $(new_traces)-quirks.jsonl > $(new_traces).jsonl
	-@$(build)/conformance $(new_traces)-quirks.jsonl
	@$(build)/conformance $(new_traces).jsonl

# ---- examples ----------------------------------------------------------------------------------

need-demo:
	@sh tests/check/need "make demo" "$(CC)" cc sqlite

define example_compiler
build/examples/$(1)/%: examples/%.c $$(headers) | need-demo
	@mkdir -p $$(@D)
	@echo "build   $$@"
	$$(quiet)$(1) -std=c11 $$(WARNINGS) -Werror -O2 -I. -MMD -MP -MF $$@.d -MT $$@ -o $$@ $$< -lsqlite3 -lpthread -lm

$(foreach d,$(example_directories),build/examples/$(1)/$(d): $(wildcard examples/$(d)/*.[ch]))
$(example_directories:%=build/examples/$(1)/%): $$(headers) | need-demo
	@mkdir -p $$(@D)
	@echo "build   $$@"
	$$(quiet)$(1) -std=c11 $$(WARNINGS) -Werror -O2 -I. -o $$@ $$(filter examples/%.c,$$^) -lsqlite3 -lpthread -lm
endef
$(foreach c,$(example_compilers),$(eval $(call example_compiler,$(c))))

##examples: build and run every example and compare what it prints with the comment at its end
examples: $(example_programs)
	@mkdir -p build/examples && sh examples/run build/examples "$(example_compilers)" $(examples)

##examples-update: write what the examples print into the comments at their ends
examples-update: $(examples:%=build/examples/$(firstword $(example_compilers))/%)
	@mkdir -p build/examples && sh examples/run --update build/examples "$(firstword $(example_compilers))" $(examples)

# SQLite as it is published: a directory with sqlite3.c and sqlite3.h.
SQLITE3 ?=
windows_cc := x86_64-w64-mingw32-gcc-posix

build/examples/windows/sqlite3.o: $(SQLITE3)/sqlite3.c | need-windows
	@mkdir -p $(@D)
	$(quiet)$(windows_cc) -O1 -DSQLITE_ENABLE_FTS5 -DSQLITE_ENABLE_DBSTAT_VTAB -c -o $@ $<

build/examples/windows/%.exe: examples/%.c build/examples/windows/sqlite3.o $(headers) | need-windows
	$(quiet)$(windows_cc) -std=c11 $(WARNINGS) -Werror -O0 -static -I. -I$(SQLITE3) -o $@ $< build/examples/windows/sqlite3.o

##examples-windows: the same as programs for Windows, under Wine (SQLITE3=DIR: where sqlite3.c and sqlite3.h stand)
examples-windows: need-windows $(if $(SQLITE3),$(example_files:%=build/examples/windows/%.exe))
	@RUNNER=wine WINEDEBUG=-all sh examples/run build/examples windows $(example_files)

need-windows:
	@[ -f "$(SQLITE3)/sqlite3.c" ] || { echo "make examples-windows SQLITE3=DIR: DIR has no sqlite3.c" >&2; exit 1; }
	@sh tests/check/need "make examples-windows" "$(CC)" mingw wine

##demo: build examples/demo.c and run it on a new database in build/demo/
demo: $(headers) examples/demo.c | need-demo
	@rm -rf build/demo && mkdir -p build/demo
	$(CC) -std=c11 $(CFLAGS) -I. -o build/demo/demo examples/demo.c $(LDFLAGS) -lsqlite3 -lpthread -lm
	@echo
	@cd build/demo && ./demo

# ---- bench -------------------------------------------------------------------------------------

need-bench:
	@sh tests/check/need "make bench" "$(CC)" cc sqlite gnuplot

# With -O2, whatever CFLAGS say: what is compared must be comparable.
bench_programs := $(patsubst %,build/bench/%,plain expert corm database)
$(bench_programs): build/bench/%: bench/%.c bench/bench.h | need-bench
	@mkdir -p $(@D)
	@echo "build   $@"
	$(quiet)$(CC) -std=c11 $(WARNINGS) $(werror) -O2 -g -I. -o $@ $< $(LDFLAGS) -lsqlite3 -lpthread -lm
build/bench/corm: $(headers)

##bench: time corm against plain C and expert C: table, bench/results.json, docs/performance.svg (BENCH_ROWS=100000, BENCH_ROUNDS=7, BENCH_WORKLOADS="W1 W3")
bench: $(bench_programs) | need-bench
	@sh bench/run

##bench-peers: the same with SQLAlchemy and peewee in the table (BENCH_ROWS=10000 makes it bearable)
bench-peers: $(bench_programs) | need-bench
	@sh tests/check/need "make bench-peers" "$(CC)" sqlalchemy peewee
	@sh bench/run sqlalchemy peewee

##bench-scale: time and memory per row as rows grow, and beside loaded objects: table, bench/scale.json (BENCH_SCALES="1000 10000 100000 1000000")
bench-scale: $(bench_programs) | need-bench
	@sh bench/scale

##bench-instructions: instructions per row, counted by callgrind (BENCH_ROWS=10000)
bench-instructions: $(bench_programs) | need-bench need-valgrind
	@sh bench/instructions

##bench-figures: write what was measured last into the tables of docs/performance.md (COUNTED=FILE: what bench-instructions with 2,000 rows printed, too)
bench-figures:
	@python3 bench/figures.py $(COUNTED)

##bench-build: what corm costs your build: compile times and sizes
bench-build: corm.h | need-demo
	@CC="$(CC)" sh bench/build

##clean: remove build/
clean:
	rm -rf build

-include $(wildcard $(build)/tests/*.d $(build)/objects/*/*.d build/examples/*/*.d)
