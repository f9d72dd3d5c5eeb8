# make run     install what is missing, build, show real enriched lines of this kernel
# make test    install what is missing, build, run all tests (as root: they read the kernel's audit)
#
# make check       what to run after each change: format, and the unit tests of targets that need no gRPC
# make packages    builds the .deb and the .rpm, in .build/packages
# make fuzz        10 million inputs for each parser of untrusted bytes, with the address sanitizer
# make docs        builds the documentation, in .build/documentation; checks its links
# make benchmark   measures this machine; takes some ten minutes, needs root
#
# Everything is built in one configuration, release, so that the libraries are built only once.
SWIFT = swift
AS_ROOT = $(if $(filter 0,$(shell id -u)),,sudo --preserve-env=PATH,HOME,KERNEL)
BINARY = .build/release/audit-enricher
SOURCES = Sources Tests Package.swift

.PHONY: run test check build deps packages test-unit test-end-to-end test-packages test-system test-sanitized fuzz benchmark \
  docs lint format clean

run: build
	$(AS_ROOT) $(BINARY) demo

test:
	Tests/tier build $(MAKE) build
	Tests/tier "unit tests" $(MAKE) test-unit
	Tests/tier "end-to-end tests" $(MAKE) test-end-to-end
	Tests/tier packages $(MAKE) test-packages
	Tests/tier "virtual machines" $(MAKE) test-system

deps:
	@packaging/install-dependencies build

build: deps
	$(SWIFT) build -c release --product audit-enricher

check: deps lint
	AUDIT_ENRICHER_PARTS=core $(SWIFT) build -c release --build-tests --scratch-path .build-check
	AUDIT_ENRICHER_PARTS=core $(SWIFT) test -c release --skip-build --disable-xctest --scratch-path .build-check

packages: build
	@packaging/install-dependencies packages
	packaging/build-packages

test-unit: deps
	# Not --build-tests: that builds the packages' own tools, too.
	$(SWIFT) build -c release --product audit-enricherPackageTests
	$(SWIFT) test -c release --skip-build --disable-xctest

test-end-to-end: build
	$(SWIFT) build -c release --product cri-calls
	$(AS_ROOT) Tests/EndToEnd/run

test-packages: packages
	packaging/check-packages

# Tests the packages and units in virtual machines. KERNEL=6.12 uses that kernel of Debian's instead of its default one.
test-system: build
	$(AS_ROOT) Tests/System/run

# This project's own code with each sanitizer, without the targets that need NIO: see Package.swift. The transport to the container
# runtime needs it; its tests run in the configuration for fuzzing.
test-sanitized: deps
	for sanitizer in address thread; do \
	  AUDIT_ENRICHER_SANITIZER=$$sanitizer $(SWIFT) build -c release --build-tests --scratch-path .build-$$sanitizer && \
	  AUDIT_ENRICHER_SANITIZER=$$sanitizer $(SWIFT) test -c release --skip-build --disable-xctest --scratch-path .build-$$sanitizer || exit 1; \
	done
	AUDIT_ENRICHER_SANITIZER=fuzzer,address $(SWIFT) build -c release --product audit-enricherPackageTests --scratch-path .build-fuzz
	AUDIT_ENRICHER_SANITIZER=fuzzer,address $(SWIFT) test -c release --skip-build --disable-xctest --scratch-path .build-fuzz

FUZZ_INPUTS = 10000000

fuzz: deps
	Tests/Fuzz/run $(FUZZ_INPUTS)

BASELINES = $(if $(XDG_CACHE_HOME),$(XDG_CACHE_HOME),$(HOME)/.cache)/audit-enricher-benchmarks

benchmark: build
	Tests/Benchmarks/install $(BASELINES)
	$(AS_ROOT) env PATH="$$PATH:$(BASELINES)/usr/sbin:$(BASELINES)/sbin" Tests/Benchmarks/benchmark

docs:
	packaging/build-documentation .build/documentation

lint:
	$(SWIFT) format lint --strict -r $(SOURCES)
	Tests/Layout/check-imports
	Tests/Layout/check-sizes
	Tests/Layout/check-documents

format:
	$(SWIFT) format --in-place -r $(SOURCES)

clean:
	rm -rf .build
