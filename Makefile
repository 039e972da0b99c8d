# Verbs only; meson.build and tools/ do the work.
FUZZ_SECONDS ?= 600
FUZZERS = $(patsubst tests/fuzz/%.c,%,$(wildcard tests/fuzz/fuzz-*.c))
FORMATTED = $(shell find src tests -name '*.[ch]')

.PHONY: all run test asan fuzz bench bench-live soak-store soak-daemon tidy format golden-update docs install deb clean

all:
	sh tools/deps.sh run
	sh tools/build.sh build

run:
	sh tools/run.sh $(FILES)

test:
	sh tools/test.sh

asan:
	sh tools/test.sh sanitizers

fuzz:
	sh tools/fuzz.sh $(FUZZ_SECONDS) $(FUZZERS)

bench:
	sh bench/run.sh

bench-live:
	sh bench/live.sh

soak-store:
	MESON_OPTIONS=-Dtests=enabled sh tools/build.sh build tests/store/store-fill
	STORE_KILLS=200 python3 tests/store/kill.py
	STORE_FLIPS=3000 python3 tests/store/damage.py

soak-daemon:
	MESON_OPTIONS=-Dtests=enabled sh tools/build.sh build
	python3 tests/daemon/faults.py --long
	python3 tests/daemon/faults-log.py --long
	python3 tests/daemon/faults-net.py --long
	python3 tests/daemon/soak-idle.py --long

tidy:
	sh tools/build.sh build
	clang-tidy --quiet -p build $(filter src/%.c,$(FORMATTED))

format:
	clang-format -i $(FORMATTED)

golden-update: all
	python3 tools/golden.py --update

docs:
	MESON_OPTIONS=-Dtests=enabled sh tools/build.sh build
	build/tests/docs/events-page >man/ntlmaudit-events.7

deb:
	sh tools/deb.sh

install: all
	meson install -C build --no-rebuild

clean:
	rm -rf build build-*
