//! Pages of activities as this server makes them: cut, filtered, shuffled, reduced to fields.

use rand::RngExt;
use rand::rngs::SmallRng;
use rand::seq::SliceRandom;
use serde_json::{Map, Value, json};
use std::time::Duration;

use super::faults::Fault;
use super::traits::{Manner, Token, Traits};
use super::world::{SimActivity, SimSession};
use crate::ground::model::Timestamp;

/// What a client asks of a listing.
#[derive(Clone, Debug, Default)]
pub(super) struct Asked {
    pub(super) size: Option<usize>,
    pub(super) token: Option<String>,
    pub(super) filter: Option<String>,
    pub(super) fields: Option<String>,
}

/// A page, or why there is none.
pub(super) fn page(
    session: &SimSession,
    asked: &Asked,
    traits: &Traits,
    fault: Option<Fault>,
    now: Duration,
    random: &mut SmallRng,
) -> Result<Value, &'static str> {
    if asked.filter.is_some() && traits.filter == Manner::Refuses {
        return Err("no filter is known");
    }
    if asked.fields.is_some() && traits.fields == Manner::Refuses {
        return Err("no fields are known");
    }
    let mut items = session.visible(now);
    if traits.filter == Manner::Understands
        && let Some(filter) = &asked.filter
    {
        let after = filter.trim_start_matches("create_time>").trim_matches('"');
        let after = after.parse::<Timestamp>().map_err(|_| "the filter makes no sense")?.as_nanosecond();
        items.retain(|activity| activity.time.is_some_and(|time| time > after));
    }
    let from = start(&items, asked.token.as_deref(), traits, now)?;
    let size = asked.size.unwrap_or(50).clamp(1, traits.page);
    let to = (from + size).min(items.len());
    let (shown, next) = match fault {
        Some(Fault::RepeatedPage) if to < items.len() => (&items[from..to], Some(from)),
        Some(Fault::BackToStart) if to < items.len() => (&items[from..to], Some(0)),
        Some(Fault::EmptyPage) if from < items.len() => (&items[..0], Some(from)),
        _ => (&items[from..to], (to < items.len()).then_some(to)),
    };
    let mut shown: Vec<_> = shown.iter().map(|activity| wire(session, activity, asked, traits)).collect();
    if random.random_bool(traits.doubled) && !shown.is_empty() {
        let twice = shown[random.random_range(0..shown.len())].clone();
        shown.insert(random.random_range(0..=shown.len()), twice);
    }
    if random.random_bool(traits.shuffled) {
        shown.shuffle(random);
    }
    let mut page = Map::new();
    if !shown.is_empty() {
        page.insert("activities".into(), shown.into());
    }
    if let Some(next) = next {
        page.insert("nextPageToken".into(), token(&items, next, traits, now).into());
    }
    Ok(page.into())
}

/// `<when it was given out, in seconds>.<what it stands for>`
fn token(items: &[&SimActivity], next: usize, traits: &Traits, now: Duration) -> String {
    let place = match traits.token {
        Token::Count => next.to_string(),
        Token::Item if next == 0 => String::new(),
        Token::Item => items[next - 1].id.clone(),
    };
    format!("{}.{place}", now.as_secs())
}

fn start(items: &[&SimActivity], token: Option<&str>, traits: &Traits, now: Duration) -> Result<usize, &'static str> {
    let Some(token) = token else { return Ok(0) };
    let (given, place) = token.split_once('.').ok_or("the page token makes no sense")?;
    let given = Duration::from_secs(given.parse().map_err(|_| "the page token makes no sense")?);
    if now.saturating_sub(given) > traits.token_life {
        return Err("the page token is too old");
    }
    Ok(match traits.token {
        Token::Count => place.parse().map_or(0, |place: usize| place.min(items.len())),
        Token::Item => items.iter().position(|activity| activity.id == place).map_or(0, |place| place + 1),
    })
}

/// An activity as it travels.
pub(super) fn wire(session: &SimSession, activity: &SimActivity, asked: &Asked, traits: &Traits) -> Value {
    let mut fields = Map::new();
    fields.insert("id".into(), activity.id.clone().into());
    if let Some(time) = activity.time.and_then(Timestamp::from_nanosecond) {
        fields.insert("createTime".into(), time.to_string().into());
    }
    if asked.fields.is_none() || traits.fields == Manner::Ignores {
        fields.insert("name".into(), json!(format!("sessions/{}/activities/{}", session.id, activity.id)));
        fields.extend(activity.event.as_object().cloned().unwrap_or_default());
    }
    fields.into()
}
