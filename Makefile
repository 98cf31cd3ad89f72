# The commands of this project. Each sets up what it needs; see CONTRIBUTING.md.

.PHONY: help demo test test-postgres test-faults test-packages fuzz lint surface bench bench-check docs release-check clean

help:
	@echo "make demo   build everything, then run one session in Rust, Python, Node and Swift"
	@echo "make test   everything that is tested, in all four languages"
	@echo "make test-postgres   the store's contract and all conformance cases on PostgreSQL, on versions 13 to 18 and behind PgBouncer"
	@echo "make test-faults   the long campaigns: thousands of schedules of faults, processes killed, bits turned over"
	@echo "make test-packages   the packages as they are released, installed and run on old and new systems"
	@echo "make fuzz   bytes of any kind for what reads answers, patches, queries and options, 15 minutes each"
	@echo "make lint   all linters, strict"
	@echo "make surface   write the tables of options, words and errors into all languages, from core"
	@echo "make bench  ours beside other clients: bytes, delays, requests, times; and how all that grows"
	@echo "make bench-check   instructions and allocations of core's hot paths; fails when one grew by more than 5 %"
	@echo "make docs   the documentation site, with the references of all languages, in target/site"
	@echo "make release-check   all that must hold before a release: versions, changelog, licences, packages, checksums"
	@echo "make clean  remove what was built"

demo:
	@.dev/run demo

test:
	@.dev/run test

test-postgres:
	@.dev/run test-postgres

test-faults:
	@.dev/run faults

test-packages:
	@.dev/run test-packages

fuzz:
	@.dev/run fuzz

lint:
	@.dev/run lint

surface:
	@.dev/run surface write

bench:
	@.dev/run bench

bench-check:
	@.dev/run bench check

docs:
	@.dev/run docs

release-check:
	@.dev/run release-check

clean:
	cargo clean
