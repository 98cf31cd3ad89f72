//! What Python gives a call, as core's options: from its keywords, as a dict. What is `None` stays absent.

use jules::{
    ActivitiesOptions, AllOptions, HistoryOptions, QueueOptions, RunConfig, SessionsOptions, SourcesOptions,
    StreamOptions, SyncOptions, TaskConfig, WorkOptions,
};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::options::{count, moment, said, seconds, slot_wait, source, strings, unexpected, word};

/// A session to create, from `session`'s and `run`'s keywords.
pub(crate) fn run_config(given: &Bound<'_, PyDict>) -> PyResult<RunConfig> {
    let mut options = RunConfig::default();
    let mut branch = None;
    for (name, value) in said(given)? {
        match name.as_str() {
            // surface: take RunConfig value options
            "prompt" => options.prompt = value.extract()?,
            "source" => options.source = Some(source(&value)?),
            "branch" => branch = Some(value.extract::<String>()?),
            "title" => options.title = Some(value.extract()?),
            "require_approval" => options.require_approval = Some(value.extract()?),
            "auto_pr" => options.auto_pr = Some(value.extract()?),
            "wait_for_slot" => options.wait_for_slot = slot_wait(&value, &name)?,
            "stall_timeout" => options.stall_timeout = Some(seconds(&value, &name)?),
            "retry_failed" => options.retry_failed = count(&value, &name)?,
            "environment_variables" => options.environment_variables = Some(value.extract()?),
            "key" => options.key = Some(value.extract()?),
            // surface: end
            _ => return Err(unexpected("a session", &name)),
        }
    }
    Ok(match branch {
        Some(branch) => options.branch(branch),
        None => options,
    })
}

/// A task to add, from `add`'s keywords.
pub(crate) fn task(given: &Bound<'_, PyDict>) -> PyResult<TaskConfig> {
    let mut options = TaskConfig::default();
    let mut branch = None;
    for (name, value) in said(given)? {
        match name.as_str() {
            // surface: take TaskConfig value options
            "key" => options.key = Some(value.extract()?),
            "prompt" => options.run.prompt = value.extract()?,
            "source" => options.run.source = Some(source(&value)?),
            "branch" => branch = Some(value.extract::<String>()?),
            "title" => options.run.title = Some(value.extract()?),
            "require_approval" => options.run.require_approval = Some(value.extract()?),
            "auto_pr" => options.run.auto_pr = Some(value.extract()?),
            "wait_for_slot" => options.run.wait_for_slot = slot_wait(&value, &name)?,
            "stall_timeout" => options.run.stall_timeout = Some(seconds(&value, &name)?),
            "retry_failed" => options.run.retry_failed = count(&value, &name)?,
            "environment_variables" => options.run.environment_variables = Some(value.extract()?),
            "priority" => options.priority = value.extract()?,
            "not_before" => options.not_before = Some(moment(&value, &name)?),
            "max_attempts" => options.max_attempts = Some(count(&value, &name)?),
            "retry_on" => options.retry_on = word(&value)?,
            // surface: end
            _ => return Err(unexpected("a task", &name)),
        }
    }
    if let Some(branch) = branch {
        options.run = options.run.branch(branch);
    }
    Ok(options)
}

/// What bounds a queue.
pub(crate) fn queue(given: &Bound<'_, PyDict>) -> PyResult<QueueOptions> {
    let mut options = QueueOptions::default();
    for (name, value) in said(given)? {
        match name.as_str() {
            // surface: take QueueOptions value options
            "slots" => options.slots = Some(count(&value, &name)?),
            "per_day" => options.per_day = Some(count(&value, &name)?),
            // surface: end
            _ => return Err(unexpected("a queue", &name)),
        }
    }
    Ok(options)
}

/// How a worker works; how it goes about plans stands beside it.
pub(crate) fn work(given: &Bound<'_, PyDict>) -> PyResult<WorkOptions> {
    let mut options = WorkOptions::default();
    for (name, value) in said(given)? {
        match name.as_str() {
            // surface: take WorkOptions value options -approve
            "concurrency" => options.concurrency = Some(count(&value, &name)?),
            "follow" => options.follow = value.extract()?,
            // surface: end
            _ => return Err(unexpected("a worker", &name)),
        }
    }
    Ok(options)
}

/// How `all` goes about it.
pub(crate) fn all(given: &Bound<'_, PyDict>) -> PyResult<AllOptions> {
    let mut options = AllOptions::default();
    for (name, value) in said(given)? {
        match name.as_str() {
            // surface: take AllOptions value options
            "concurrency" => options.concurrency = Some(count(&value, &name)?),
            "stop_on_error" => options.stop_on_error = Some(value.extract()?),
            "delay" => options.delay = Some(seconds(&value, &name)?),
            "until" => options.until = word(&value)?,
            // surface: end
            _ => return Err(unexpected("all", &name)),
        }
    }
    Ok(options)
}

/// How `sync` goes about it.
pub(crate) fn sync(given: &Bound<'_, PyDict>) -> PyResult<SyncOptions> {
    let mut options = SyncOptions::default();
    for (name, value) in said(given)? {
        match name.as_str() {
            // surface: take SyncOptions value options
            "session_id" => options.session_id = Some(value.extract()?),
            "limit" => options.limit = Some(count(&value, &name)?),
            "depth" => options.depth = word(&value)?,
            "incremental" => options.incremental = value.extract()?,
            "concurrency" => options.concurrency = count(&value, &name)?,
            "checkpoint" => options.checkpoint = value.extract()?,
            // surface: end
            _ => return Err(unexpected("a sync", &name)),
        }
    }
    Ok(options)
}

/// What a stream gives.
pub(crate) fn stream(given: &Bound<'_, PyDict>) -> PyResult<StreamOptions> {
    let mut options = StreamOptions::default();
    for (name, value) in said(given)? {
        match name.as_str() {
            // surface: take StreamOptions value options
            "follow" => options.follow = value.extract()?,
            "after" => options.after = Some(value.extract()?),
            "types" => options.types = strings(&value)?,
            "exclude_originator" => options.exclude_originator = strings(&value)?,
            "stall_timeout" => options.stall_timeout = Some(seconds(&value, &name)?),
            // surface: end
            _ => return Err(unexpected("a stream", &name)),
        }
    }
    Ok(options)
}

/// What a history gives.
pub(crate) fn history(given: &Bound<'_, PyDict>) -> PyResult<HistoryOptions> {
    let mut options = HistoryOptions::default();
    for (name, value) in said(given)? {
        match name.as_str() {
            // surface: take HistoryOptions value options
            "offline" => options.offline = value.extract()?,
            "after" => options.after = Some(value.extract()?),
            "types" => options.types = strings(&value)?,
            "exclude_originator" => options.exclude_originator = strings(&value)?,
            // surface: end
            _ => return Err(unexpected("a history", &name)),
        }
    }
    Ok(options)
}

/// Which activities a page has.
pub(crate) fn activities(given: &Bound<'_, PyDict>) -> PyResult<ActivitiesOptions> {
    let mut options = ActivitiesOptions::default();
    for (name, value) in said(given)? {
        match name.as_str() {
            // surface: take ActivitiesOptions value options
            "page_size" => options.page_size = Some(count(&value, &name)?),
            "page_token" => options.page_token = Some(value.extract()?),
            "filter" => options.filter = Some(value.extract()?),
            // surface: end
            _ => return Err(unexpected("a list of activities", &name)),
        }
    }
    Ok(options)
}

/// Which sessions are listed.
pub(crate) fn sessions(given: &Bound<'_, PyDict>) -> PyResult<SessionsOptions> {
    let mut options = SessionsOptions::default();
    for (name, value) in said(given)? {
        match name.as_str() {
            // surface: take SessionsOptions value options
            "page_size" => options.page_size = Some(count(&value, &name)?),
            "limit" => options.limit = Some(count(&value, &name)?),
            "filter" => options.filter = Some(value.extract()?),
            "page_token" => options.page_token = Some(value.extract()?),
            // surface: end
            _ => return Err(unexpected("a list of sessions", &name)),
        }
    }
    Ok(options)
}

/// Which sources are listed.
pub(crate) fn sources(given: &Bound<'_, PyDict>) -> PyResult<SourcesOptions> {
    let mut options = SourcesOptions::default();
    for (name, value) in said(given)? {
        match name.as_str() {
            // surface: take SourcesOptions value options
            "filter" => options.filter = Some(value.extract()?),
            "page_size" => options.page_size = Some(count(&value, &name)?),
            "limit" => options.limit = Some(count(&value, &name)?),
            // surface: end
            _ => return Err(unexpected("a list of sources", &name)),
        }
    }
    Ok(options)
}
