# make run     install what is missing, build, show real enriched lines of this kernel
# make test    install what is missing, build, run all tests (as root: they read the kernel's audit)
#
# Everything is built in one configuration, release, so that gRPC is built once.
SWIFT = swift
AS_ROOT = $(if $(filter 0,$(shell id -u)),,sudo --preserve-env=PATH,HOME)
BINARY = .build/release/audit-enricher
SOURCES = Sources Tests Package.swift

.PHONY: run test build deps test-unit test-end-to-end lint format clean

run: build
	$(AS_ROOT) $(BINARY) demo

test: test-unit test-end-to-end

deps:
	@packaging/install-build-dependencies

build: deps
	$(SWIFT) build -c release --product audit-enricher

test-unit: deps
	$(SWIFT) build -c release --build-tests
	$(SWIFT) test -c release --skip-build --disable-xctest

test-end-to-end: build
	$(AS_ROOT) Tests/EndToEnd/run

lint:
	$(SWIFT) format lint --strict -r $(SOURCES)

format:
	$(SWIFT) format --in-place -r $(SOURCES)

clean:
	rm -rf .build
