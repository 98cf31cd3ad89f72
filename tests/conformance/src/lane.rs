//! The cases of one driver: a language has several beside each other, for a case mostly waits, and cases with an
//! environment of their own, and very long ones, have one each.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use tokio::task::JoinSet;

use crate::breakage::breakage;
use crate::case::Case;
use crate::language::Language;
use crate::leftover::{Counts, Linger};
use crate::plan::{self, Store};
use crate::process::{Driven, drive};
use crate::runner::Settings;
use crate::world::World;

/// Cases that one driver runs, one behind the other.
pub(crate) struct Lane<'a>(Vec<&'a Case>);

/// From here on a case is so long that others don't wait for it.
const LONG: Duration = Duration::from_secs(60);

/// Deals the cases out to so many lanes, neighbours to different ones: long cases are neighbours. One more for each that
/// has an environment or takes very long.
pub(crate) fn lanes(cases: &[Case], count: usize) -> Vec<Lane<'_>> {
    let (usual, own): (Vec<_>, Vec<_>) =
        cases.iter().partition(|case| case.environment.is_empty() && case.within().is_none_or(|most| most < LONG));
    let mut lanes: Vec<Lane<'_>> = (0..count.clamp(1, usual.len().max(1))).map(|_| Lane(Vec::new())).collect();
    let dealt = lanes.len();
    for (index, case) in usual.into_iter().enumerate() {
        lanes[index % dealt].0.push(case);
    }
    lanes.extend(own.into_iter().map(|case| Lane(vec![case])));
    lanes.retain(|lane| !lane.0.is_empty());
    lanes
}

impl Lane<'_> {
    pub(crate) async fn run(
        &self,
        command: &str,
        folder: &Path,
        language: Language,
        settings: &Settings,
        worlds: &BTreeMap<String, Arc<World>>,
        counts: &Counts,
    ) -> Result<Driven> {
        std::fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
        let mut entries = Vec::new();
        let mut breakages = JoinSet::new();
        for case in &self.0 {
            let world = worlds.get(&case.name).context("every case has its world")?;
            let directory = folder.join("cache").join(&case.name);
            let store = match &settings.store {
                Some(url) => Store::Database { url, accounts: language.name() },
                None => Store::Directory(&directory),
            };
            entries.push(plan::entry(case, &world.url(), store));
            if let Some(breaks) = case.cache_breaks.clone() {
                let (name, world) = (case.name.clone(), Arc::clone(world));
                breakages.spawn(async move {
                    let broken = breakage(&breaks, &world, &directory).await;
                    broken.err().map(|why| format!("{name}: its cache can't be broken: {why:#}"))
                });
            }
        }
        let linger = Linger::start().await?;
        entries.push(linger.entry(folder));
        let other = self.0.first().and_then(|case| worlds.get(&case.name)?.other_origin());
        let environment = self.environment(folder, other.as_deref());
        let mut limits = settings.limits;
        limits.case = self.0.iter().filter_map(|case| case.within()).fold(limits.case, Duration::max);
        let mut driven = drive(command, &environment, folder, &entries, limits, |name| {
            if let Some(world) = worlds.get(name) {
                counts.count_soon(name, world);
            }
        })
        .await?;
        while let Some(broken) = breakages.try_join_next() {
            driven.complaints.extend(broken?);
        }
        driven.complaints.extend(linger.complaint(language, &driven));
        Ok(driven)
    }

    fn environment(&self, folder: &Path, other: Option<&str>) -> BTreeMap<String, String> {
        let given = self.0.first().map(|case| case.environment.clone()).unwrap_or_default();
        let folder = folder.display().to_string();
        let other = other.unwrap_or_default();
        let filled = |value: String| value.replace("${folder}", &folder).replace("${other.origin}", other);
        given.into_iter().map(|(name, value)| (name, filled(value))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_case_is_in_one_lane_and_an_environment_has_a_lane_of_its_own() {
        let case =
            |name: &str, more: &str| format!("- {{ name: {name}, about: y, {more} steps: [{{ op: close }}] }}\n");
        let yaml = case("a", "")
            + &case("b", "environment: { HOME: '${folder}/home', ALL_PROXY: '${other.origin}' },")
            + &case("c", "")
            + &case("d", "");
        let cases = crate::case::parse(&yaml).unwrap();
        let lanes = lanes(&cases, 2);
        let names: Vec<Vec<&str>> =
            lanes.iter().map(|lane| lane.0.iter().map(|case| case.name.as_str()).collect()).collect();
        assert_eq!(names, [vec!["a", "d"], vec!["c"], vec!["b"]]);
        assert!(lanes[0].environment(Path::new("/folder"), None).is_empty());
        let own = lanes[2].environment(Path::new("/folder"), Some("http://127.0.0.1:9"));
        assert_eq!((own["HOME"].as_str(), own["ALL_PROXY"].as_str()), ("/folder/home", "http://127.0.0.1:9"));
    }
}
