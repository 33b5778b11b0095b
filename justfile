# The one door for a developer; `just --list` shows it.

# Formatting, lints and the plugin's dependency list.
check:
    cargo fmt --all --check
    cargo clippy --locked -p sudolog-plugin --all-targets -- -D warnings
    cargo clippy --locked --workspace --exclude sudolog-plugin --all-targets -- -D warnings
    .ci/plugin-dependencies --check

# Every test; installs what it needs when run as root.
test *NAMES:
    ./tests/run {{NAMES}}

# Live sessions without any configuration.
demo:
    cargo run --release -- live --embedded

# Completions of bash, zsh and fish, and manual pages, for a package: in DIR/completions and DIR/man.
manual DIR="target/manual":
    mkdir -p {{DIR}}/completions
    cargo run --release --locked -- man {{DIR}}/man
    cargo run --release --locked -- completions bash > {{DIR}}/completions/sudolog-tui
    cargo run --release --locked -- completions zsh > {{DIR}}/completions/_sudolog-tui
    cargo run --release --locked -- completions fish > {{DIR}}/completions/sudolog-tui.fish

# Speed, beside stock sudo and the machine's own limits. Needs root.
bench *NAMES:
    cargo build --release --locked -p sudolog-plugin
    cargo build --release --locked --workspace --exclude sudolog-plugin
    cargo run --release --locked -p sudolog-tests --bin bench -- {{NAMES}}

# Every fault many times on the real programs, and one table of what was promised and what was
# measured: `just faults [RUNS] [--kills N] [--sudos N] [FAULT…]`. Needs root.
faults *ARGS:
    cargo build --release --locked -p sudolog-plugin
    cargo build --release --locked --workspace --exclude sudolog-plugin
    cargo run --release --locked -p sudolog-tests --bin faults -- {{ARGS}}

# What the gate runs.
ci:
    .ci/run
