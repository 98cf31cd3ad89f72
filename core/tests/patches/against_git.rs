//! The corpus: `git diff` of generated repositories, read and applied by git and by us, must come to the same.
//!
//! `JULES_PATCH_PAIRS` sets how many pairs of trees a test draws (30); each is diffed with several sets of options.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use jules::{ChangeType, ErrorKind, FileChange, ParsedPatch};
use rand::SeedableRng as _;
use rand::rngs::SmallRng;
use rand::seq::IndexedRandom as _;
use tempfile::TempDir;

use super::tree::Tree;
use super::{changes, generate};

/// Options of `git diff`, and what `git apply` needs to know of them.
const OPTIONS: &[(&[&str], &[&str])] = &[
    (&["--binary"], &[]),
    (&["--binary", "-M"], &[]),
    (&["--binary", "-M", "-C"], &[]),
    (&["--binary", "-C", "--find-copies-harder", "-M20%"], &[]),
    (&["--binary", "--no-prefix", "-M"], &["-p0"]),
    (&["--binary", "--src-prefix=i/", "--dst-prefix=w/", "-M"], &[]),
    (&["--binary", "--src-prefix=before/", "--dst-prefix=after/"], &[]),
    (&["--binary", "-U0", "-M"], &["--unidiff-zero"]),
    (&["--binary", "-U1"], &[]),
    (&["--binary", "-U10", "-M"], &[]),
    (&["--binary", "--full-index", "-W", "--no-renames"], &[]),
    (&["--binary", "-D"], &[]),
    (&["-M"], &[]),
    (&["--binary", "--patience", "-c", "core.quotePath=false"], &[]),
];

#[derive(Debug, Default)]
struct Figures {
    patches: usize,
    files: usize,
    refused_by_both: usize,
}

struct Repository(TempDir);

impl Repository {
    fn new() -> Self {
        let repository = Self(tempfile::tempdir().unwrap());
        git(repository.path(), &["init", "-q"], "");
        repository
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn store(&self, tree: &Tree) -> String {
        for entry in std::fs::read_dir(self.path()).unwrap().map(|entry| entry.unwrap().path()) {
            if entry.ends_with(".git") {
                continue;
            }
            if entry.is_dir() && !entry.is_symlink() {
                std::fs::remove_dir_all(entry)
            } else {
                std::fs::remove_file(entry)
            }
            .unwrap();
        }
        tree.write(self.path());
        git(self.path(), &["add", "-A", "-f"], "");
        git(self.path(), &["write-tree"], "").unwrap().trim().to_owned()
    }

    fn diff(&self, old: &str, new: &str, options: &[&str]) -> String {
        let (options, config) =
            options.split_at(options.iter().position(|option| *option == "-c").unwrap_or(options.len()));
        let arguments = [config, &["diff"], options, &[old, new]].concat();
        git(self.path(), &arguments, "").unwrap()
    }
}

/// What git printed; nothing when it failed.
fn git(directory: &Path, arguments: &[&str], input: &str) -> Option<String> {
    use std::io::Write as _;
    let mut command = Command::new("git");
    command.args(arguments).current_dir(directory).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    command.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1").env("LC_ALL", "C");
    command.env("GIT_CEILING_DIRECTORIES", directory.parent().unwrap()).env_remove("GIT_DIR");
    let mut child = command.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    std::thread::scope(|scope| {
        // Git closes its end early when it refuses the patch.
        scope.spawn(move || stdin.write_all(input.as_bytes()));
        let output = child.wait_with_output().unwrap();
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
    })
}

fn directory_with(tree: &Tree) -> (TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("checkout");
    std::fs::create_dir(&path).unwrap();
    tree.write(&path);
    (directory, path)
}

/// `git apply --numstat -z --summary` of what we have read, but for the similarity that only git counts.
fn as_git_says(patch: &ParsedPatch) -> String {
    let (mut numbers, mut summary) = (String::new(), String::new());
    for file in &patch.files {
        let count = |number: u64| if file.binary { "-".to_owned() } else { number.to_string() };
        numbers.push_str(&format!("{}\t{}\t{}\0", count(file.additions), count(file.deletions), file.path));
        summary.push_str(&summary_of(file));
    }
    numbers + &summary
}

fn summary_of(file: &FileChange) -> String {
    let mode = |mode: &Option<String>| mode.clone().unwrap_or_default();
    let change = match (&file.old_mode, &file.new_mode) {
        (Some(old), Some(new)) if old != new => format!(" mode change {old} => {new}"),
        _ => String::new(),
    };
    match (&file.old_path, file.change_type) {
        (Some(old), _) => {
            let word = if file.change_type == ChangeType::Created { "copy" } else { "rename" };
            let change = if change.is_empty() { change } else { format!("{change}\n") };
            format!(" {word} {}\n{change}", short_rename(old, &file.path))
        }
        (None, ChangeType::Created) => format!(" create mode {} {}\n", mode(&file.new_mode), file.path),
        (None, ChangeType::Deleted) => format!(" delete mode {} {}\n", mode(&file.old_mode), file.path),
        _ if change.is_empty() => String::new(),
        _ => format!("{change} {}\n", file.path),
    }
}

/// `src/{old => new}`.
fn short_rename(old: &str, new: &str) -> String {
    let (mut common, mut rest) = (0, (old, new));
    while let (Some((one, old_rest)), Some((other, new_rest))) = (rest.0.split_once('/'), rest.1.split_once('/')) {
        if one != other {
            break;
        }
        common += one.len() + 1;
        rest = (old_rest, new_rest);
    }
    let inner = format!("{} => {}", rest.0, rest.1);
    if common == 0 { inner } else { format!("{}{{{inner}}}", &old[..common]) }
}

/// Without ` (97%)`, which only git counts.
fn without_scores(summary: &str) -> String {
    let line = |line: &str| match line.rfind(" (") {
        Some(at) if line.ends_with("%)\n") => format!("{}\n", &line[..at]),
        _ => line.to_owned(),
    };
    summary.split_inclusive('\n').map(line).collect()
}

fn read_alike(patch: &str, strip: &[&str], case: &str) -> usize {
    let parsed = ParsedPatch::parse(patch);
    let strip: Vec<_> = strip.iter().copied().filter(|option| option.starts_with("-p")).collect();
    let nowhere = std::env::temp_dir();
    let said =
        git(&nowhere, &[&["apply", "--numstat", "-z", "--summary"], &*strip].concat(), patch).unwrap_or_default();
    assert_eq!(as_git_says(&parsed), without_scores(&said), "{case}\n{patch}");
    parsed.files.len()
}

/// Applies to both; gives whether it could be done. What can't be done must leave everything as it was.
pub(super) fn applied_alike(patch: &str, start: &Tree, options: &[&str], case: &str) -> bool {
    let ((_theirs, theirs), (_ours, ours)) = (directory_with(start), directory_with(start));
    let before = Tree::read(&ours);
    let by_git = git(&theirs, &[&["apply", "--whitespace=nowarn"], options].concat(), patch).is_some();
    match changes(patch).apply_to(&ours) {
        Ok(_) => {
            assert!(by_git, "git refuses what we applied: {case}\n{patch}");
            assert_eq!(Tree::read(&ours), Tree::read(&theirs), "{case}\n{patch}");
            true
        }
        Err(error) => {
            // A patch without context is applied only where it can be told from one that has lost its place.
            let by_git = by_git
                && (!options.contains(&"--unidiff-zero") || {
                    let (_again, again) = directory_with(start);
                    git(&again, &["apply", "--whitespace=nowarn"], patch).is_some()
                });
            assert!(!by_git, "git applied what we refuse: {error}\n{case}\n{patch}");
            assert_eq!(error.kind(), ErrorKind::Patch);
            assert_eq!(Tree::read(&ours), before, "{case}\n{patch}");
            false
        }
    }
}

fn run(seeds: std::ops::Range<u64>) -> Figures {
    let repository = Repository::new();
    let mut figures = Figures::default();
    for seed in seeds {
        let mut random = SmallRng::seed_from_u64(seed);
        let old = generate::tree(&mut random);
        let new = generate::changed(&mut random, &old);
        let (old_tree, new_tree) = (repository.store(&old), repository.store(&new));
        for (options, apply) in OPTIONS.sample(&mut random, 3) {
            let case = format!("seed {seed}, git diff {options:?}");
            let patch = repository.diff(&old_tree, &new_tree, options);
            if patch.is_empty() {
                continue;
            }
            figures.patches += 1;
            figures.files += read_alike(&patch, apply, &case);
            let applied = applied_alike(&patch, &old, apply, &case);
            let shifted = applied_alike(&patch, &generate::moved(&mut random, &old), apply, &format!("{case}, moved"));
            figures.refused_by_both += usize::from(!applied) + usize::from(!shifted);
            // A name that is not UTF-8 and not quoted does not get through JSON.
            if applied && !patch.contains('\u{fffd}') {
                reaches(&patch, &old, &new, &case);
            }
        }
    }
    figures
}

/// Not only as git applies it: the result is the tree that the patch was made for.
fn reaches(patch: &str, old: &Tree, new: &Tree, case: &str) {
    let (_held, directory) = directory_with(old);
    changes(patch).apply_to(&directory).unwrap();
    assert_eq!(Tree::read(&directory).files(), new.files(), "{case}\n{patch}");
}

fn pairs() -> u64 {
    std::env::var("JULES_PATCH_PAIRS").ok().and_then(|pairs| pairs.parse().ok()).unwrap_or(30)
}

#[test]
fn generated_repositories_come_to_the_same_as_with_git() {
    let figures = run(0..pairs());
    println!(
        "{} patches of {} files read as git reads them; applied twice each, {} refused by both, no difference",
        figures.patches, figures.files, figures.refused_by_both
    );
    assert!(figures.patches as u64 >= pairs() * 2, "{figures:?}");
}
