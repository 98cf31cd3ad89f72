//! Adds so many tasks to a queue, and with a zero works for it to the end; prints each task's key and state as it is given to
//! the user: the program that the tests kill while others go on.
//!
//! ```text
//! jules-worker <base URL> <cache directory or URL> <the plan's slots> <tasks to add, 0 to work, or "stay" to work for good> <milliseconds between looks>
//!     <tasks at once, or 0 for as many as there are>
//! ```
mod program;

use std::time::Duration;

use futures::StreamExt;
use jules::{Jules, QueueOptions, RunConfig, TaskConfig, WorkOptions};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let ([url, cache, slots, count, every, most], _) =
        program::start("jules-worker <base URL> <cache> <slots> <tasks> <milliseconds> <tasks at once>")?;
    let jules = Jules::builder()
        .api_key("test-key")
        .base_url(url)
        .cache_dir(cache)
        .slots(slots.parse()?)
        .polling_interval(Duration::from_millis(every.parse()?))
        .activity_budget(false)
        .build()?;
    let queue = jules.queue("fleet", QueueOptions::default())?;
    let task = |number: u32| {
        let key = format!("task-{number:05}");
        TaskConfig::new(&key, RunConfig::new(format!("Do {key} [scenario:work]")).title(&key))
    };
    let stays = count == "stay";
    let count: u32 = if stays { 0 } else { count.parse()? };
    queue.add_all((0..count).map(task)).await?;
    if count > 0 {
        return Ok(());
    }
    let most: usize = most.parse()?;
    let options = WorkOptions::default().follow(stays);
    let mut work = queue.work(if most > 0 { options.concurrency(most) } else { options })?;
    while let Some(one) = work.next().await {
        let task = one?.task;
        program::say(format_args!("{} {}", task.key, task.state))?;
    }
    jules.close().await;
    Ok(())
}
