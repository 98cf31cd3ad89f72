//! Somebody puts a link in a directory's place while patches are applied, again and again: nothing beyond it is read or
//! changed in any moment.

use std::fs;
use std::hint::spin_loop;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::sync::Barrier;

use rand::rngs::SmallRng;
use rand::{RngExt as _, SeedableRng as _};

use super::changes;
use super::tree::{Node, Tree};

/// In each a patch is applied, and a link put in its way for a moment. `JULES_PATCH_RACES` sets another number.
const ROUNDS: usize = 400;
/// Before and in this moment: about as long as a patch takes.
const TURNS: usize = 20_000;

fn rounds() -> usize {
    std::env::var("JULES_PATCH_RACES").map_or(ROUNDS, |number| number.parse().unwrap())
}

/// What a directory and its double have both.
fn files(rounds: usize) -> Tree {
    let text = |name: String| (name.into_bytes(), Node::text("x\n"));
    Tree((0..rounds).flat_map(|number| [text(format!("f{number}")), text(format!("g{number}"))]).collect())
}

/// Puts a link to the double in the directory's place, and takes it away, some time later each.
fn swap(directory: &Path, double: &Path, random: &mut SmallRng) {
    let aside = directory.with_file_name("aside");
    (0..random.random_range(0..TURNS)).for_each(|_| spin_loop());
    fs::rename(directory, &aside).unwrap();
    symlink(double, directory).unwrap();
    (0..random.random_range(0..TURNS)).for_each(|_| spin_loop());
    fs::remove_file(directory).unwrap();
    fs::rename(&aside, directory).unwrap();
}

/// Changes, creates and deletes below `d`, and copies from there what only its double has.
fn patch(number: usize) -> String {
    if number % 4 == 3 {
        let stolen = format!("stolen{number}");
        return format!(
            "diff --git a/d/secret b/{stolen}\nsimilarity index 100%\ncopy from d/secret\ncopy to {stolen}\n"
        );
    }
    format!(
        "--- a/d/f{number}\n+++ b/d/f{number}\n@@ -1 +1 @@\n-x\n+y\n\
         --- /dev/null\n+++ b/d/new{number}\n@@ -0,0 +1 @@\n+new\n\
         --- a/d/g{number}\n+++ /dev/null\n@@ -1 +0,0 @@\n-x\n"
    )
}

#[test]
fn a_link_swapped_in_at_any_moment_leads_nowhere() {
    // In memory, where there is such a place: a slow disk would make most of the races no races.
    let outer = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap();
    let rounds = rounds();
    let (checkout, double) = (outer.path().join("checkout"), outer.path().join("double"));
    let directory = checkout.join("d");
    files(rounds).write(&directory);
    let mut there = files(rounds);
    there.0.insert(b"secret".to_vec(), Node::text("secret\n"));
    there.write(&double);

    let (round, mut applied) = (Barrier::new(2), 0);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut random = SmallRng::seed_from_u64(1);
            for _ in 0..rounds {
                round.wait();
                swap(&directory, &double, &mut random);
            }
        });
        for number in 0..rounds {
            round.wait();
            applied += usize::from(changes(patch(number)).apply_to(&checkout).is_ok());
        }
    });
    println!("{applied} of {rounds} patches applied while a link was swapped in once for each");
    let seen = Tree::read(&double);
    let altered: Vec<_> = seen.0.iter().filter(|(path, node)| there.0.get(*path) != Some(node)).collect();
    assert!(seen == there, "{altered:?} and {} fewer beyond the link", there.0.len().saturating_sub(seen.0.len()));
    let stolen = |path: &&Vec<u8>| path.starts_with(b"stolen");
    assert_eq!(Tree::read(&checkout).0.keys().filter(stolen).count(), 0);
    assert!(applied > 0 && applied < rounds, "{applied} applied: nothing was swapped in between");
}
