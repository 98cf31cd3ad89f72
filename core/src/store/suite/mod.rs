//! The contract's promises as cases that every engine runs. An engine's tests say how it is opened, and `prove!` makes a
//! test of each case.

pub(super) mod accounts;
pub(super) mod claims;
pub(super) mod commits;
pub(super) mod concurrent;
pub(super) mod figures;
pub(super) mod history;
pub(super) mod leases;
pub(super) mod notes;
pub(super) mod paused;
pub(super) mod places;
pub(super) mod processes;
pub(super) mod random;
pub(super) mod select;
pub(super) mod sessions;
pub(super) mod tasks;
pub(super) mod waking;
pub(super) mod wants;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use super::{
    Acquired, Batch, Commit, Committed, Grant, LeaseKey, Mark, MarkChange, NewActivity, Position, SessionRecord, Store,
    Terms,
};
use crate::ground::model::SessionId;

/// One store of an engine, empty at first.
#[async_trait]
pub(super) trait Engine: Send + Sync {
    /// A new handle on the store.
    async fn open(&self, account: &str, terms: Terms) -> Arc<dyn Store>;

    /// What another process finds the store by, as `processes::open` reads it; nothing when only this one has it.
    fn address(&self) -> Option<String>;
}

/// Makes a test of each case for an engine; the attributes behind it stand before each of them, such as that it is ignored where
/// no server is.
macro_rules! prove {
    ($engine:expr $(, $attribute:meta)*) => {
        $crate::store::suite::prove! { @cases [$(#[$attribute])*] $engine;
            accounts: no_account_sees_anothers_rows, no_account_changes_anothers_rows;
            commits: an_activity_is_never_there_twice, an_empty_activity_is_replaced_once_where_it_stands,
                a_mark_moves_only_from_where_it_is, a_refused_commit_writes_nothing, what_a_commit_did_is_told,
                activities_are_read_from_any_place, chunks_come_to_the_same_as_all_at_once, a_chunk_is_as_large_as_its_limit_allows, bodies_of_any_size_come_back,
                what_is_missing_is_told_in_order, an_end_counts_until_something_goes_on, all_is_there_when_opened_again;
            sessions: the_latest_look_is_kept_and_counted, a_partial_record_takes_nothing_away,
                a_status_stays_until_another_one_comes, acts_are_counted_and_leave_a_note,
                what_the_server_lost_is_hidden_but_readable, a_forgotten_session_is_gone_with_all_it_had,
                a_session_is_claimed_once, a_sync_goes_on_where_it_was_interrupted, freshness_is_remembered,
                a_budget_is_shared, a_budget_refills, what_is_in_it_is_told;
            concurrent: positions_become_visible_in_rising_order, a_mark_is_moved_by_one_at_a_time,
                no_act_is_lost, one_claims, a_burst_is_no_larger_for_many;
            waking: every_kind_of_commit_wakes, another_handle_wakes, nothing_else_wakes,
                what_was_seen_does_not_wake_again, who_listens_before_anything_is_opened_is_woken,
                a_cancelled_wait_loses_nothing;
            leases: a_lease_has_one_holder, a_lease_that_is_given_back_is_free_at_once, generations_rise,
                who_lost_the_lease_is_refused, who_watches_a_forgotten_session_loses_the_lease, a_silent_handle_loses_its_leases, a_renewed_lease_is_kept,
                what_a_dropped_handle_had_is_free_at_once, many_ask_and_one_gets_it;
            notes: a_note_changes_only_from_what_it_is_believed_to_be, no_change_of_a_note_is_lost;
            paused: nothing_is_written_while_the_stores_are_paused;
            wants: the_strongest_want_counts, what_is_wanted_wakes_those_who_watch, a_silent_handle_wants_nothing,
                a_handle_that_renews_goes_on_wanting,
                a_handle_that_was_cleared_away_wants_again_what_it_wanted,
                a_dropped_handle_wants_nothing;
            processes: several_processes_write_one_session, a_killed_writer_leaves_whole_commits,
                a_killed_holder_is_followed_at_once, a_stopped_holder_is_followed_and_refused,
                another_process_wakes_in_time;
            select: rows_come_newest_first_and_those_without_a_time_last,
                conditions_on_columns_and_in_documents_mean_the_same, a_search_finds_all_terms_as_substrings,
                pages_follow_one_another, a_projection_follows_paths_through_lists, includes_come_both_ways,
                an_activity_of_a_session_that_was_never_seen_comes_without_it,
                a_term_in_thousands_of_rows_is_found_in_order_all_the_same,
                a_session_is_searched_as_it_is_now_and_not_once_it_is_forgotten,
                what_the_server_has_no_more_is_not_shown;
            tasks: a_key_is_added_once_and_stays_as_it_is, ten_thousand_are_added_in_one_go_in_their_order,
                the_highest_priority_goes_first_and_nothing_before_its_time, many_ask_and_each_task_is_given_once,
                a_task_goes_its_way_under_its_lease_only, a_session_belongs_to_one_task, a_task_is_cancelled_or_marked,
                tasks_come_page_by_page, no_account_has_anothers_tasks, every_change_of_a_task_wakes,
                a_worker_that_is_silent_loses_its_tasks, tasks_are_there_when_opened_again;
            places: no_more_places_are_taken_than_there_are, each_limit_bounds_what_it_is_about,
                places_are_as_the_server_shows_them,
                what_is_freed_while_the_server_is_asked_stays_free, places_that_are_as_they_were_wake_nobody,
                a_session_that_a_listing_shows_first_is_counted_once,
                a_session_that_a_listing_shows_meanwhile_is_counted_once;
            claims: as_many_tasks_are_taken_at_once_as_there_is_room_for,
                only_data_that_are_as_expected_change_with_the_claim;
            history: a_history_of_workers_holds_and_a_broken_fence_is_seen;
            random: random_queries_give_what_a_naive_reading_gives;
        }
    };
    (@cases $attributes:tt $engine:expr; $($group:ident: $($case:ident),+;)+) => {
        $($(
            $crate::store::suite::prove! { @case $attributes $engine; $group $case }
        )+)+
    };
    (@case [$(#[$attribute:meta])*] $engine:expr; $group:ident $case:ident) => {
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            $(#[$attribute])*
            async fn $case() {
                $crate::store::suite::$group::$case(&$engine).await;
            }
    };
}
pub(super) use prove;

/// Short ones, so that a case needn't wait.
const SHORT: Terms = Terms {
    lease: Duration::from_millis(400),
    renew: Duration::from_millis(100),
    want: Duration::from_millis(800),
    reach: Duration::from_secs(30),
};
/// Long ones, for cases in which nobody is to lose anything.
const LONG: Terms = Terms {
    lease: Duration::from_secs(600),
    renew: Duration::from_secs(60),
    want: Duration::from_secs(600),
    reach: Duration::from_secs(30),
};
const ACCOUNT: &str = "account";

/// A handle with long terms.
async fn open(engine: &dyn Engine) -> Arc<dyn Store> {
    engine.open(ACCOUNT, LONG).await
}

fn session(id: &str) -> SessionId {
    SessionId::parse(id).unwrap()
}

fn activity(id: &str, text: &str) -> NewActivity {
    of_kind(id, "agentMessaged", &format!(r#""agentMessaged":{{"agentMessage":"{text}"}}"#))
}

fn of_kind(id: &str, kind: &'static str, event: &str) -> NewActivity {
    let comma = if event.is_empty() { "" } else { "," };
    NewActivity {
        id: id.to_owned(),
        create_time: None,
        kind,
        originator: "agent".to_owned(),
        texts: event.to_lowercase(),
        empty: event.is_empty(),
        body: format!(r#"{{"id":"{id}"{comma}{event}}}"#).into(),
    }
}

fn empty(id: &str) -> NewActivity {
    of_kind(id, "unknown", "")
}

fn record(id: &str, title: &str) -> SessionRecord {
    SessionRecord {
        body: format!(r#"{{"id":"{id}","title":"{title}","state":"IN_PROGRESS"}}"#).into(),
        state: "inProgress".to_owned(),
        create_time: "2026-01-01T00:00:00Z".parse().ok(),
        update_time: "2026-01-02T00:00:00Z".parse().ok(),
        partial: false,
    }
}

fn of(activities: Vec<NewActivity>) -> Batch {
    Batch { activities, ..Batch::default() }
}

fn marked(from: &Mark, to: &Mark) -> Batch {
    Batch { mark: Some(MarkChange { from: from.clone(), to: to.clone() }), ..Batch::default() }
}

fn token(text: &str) -> Mark {
    Mark { page_token: Some(text.to_owned()), ..Mark::default() }
}

async fn commit(store: &dyn Store, id: &str, batch: Batch) -> Committed {
    match store.commit(&session(id), batch).await.unwrap() {
        Commit::Done(committed) => committed,
        refused => panic!("{refused:?}"),
    }
}

/// The ids of what is behind a position.
async fn ids(store: &dyn Store, id: &str, after: Position) -> Vec<String> {
    let found = store.read(&session(id), after).await.unwrap();
    found.into_iter().map(|(_, activity)| activity.id).collect()
}

async fn all_ids(store: &dyn Store, id: &str) -> Vec<String> {
    ids(store, id, Position::default()).await
}

async fn select(store: &dyn Store, query: serde_json::Value) -> Vec<String> {
    let rows = store.select(crate::Query::from_json(query).unwrap().plan().unwrap()).await.unwrap();
    rows.into_iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect()
}

async fn acquire(store: &dyn Store, key: &LeaseKey) -> Option<Grant> {
    match store.acquire(key).await.unwrap() {
        Acquired::Granted(grant) => Some(grant),
        Acquired::Held { .. } => None,
    }
}
