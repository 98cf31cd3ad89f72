//! The whole client against a server that lives in the same thread, on a clock that jumps to whatever comes next: hours of
//! a bad network take milliseconds, and a number, the seed, tells all that happens. A schedule that fails prints its seed;
//! `JULES_SIMULATION_SEED=7` runs that one alone, `JULES_SIMULATIONS=20000` runs more of them (see RELIABILITY.md).

mod budget;
mod checks;
mod clock;
mod crowd;
mod faults;
mod fleet;
mod listing;
mod load;
mod program;
mod schedules;
mod server;
mod shrink;
mod store_faults;
mod store_matrix;
mod tasks;
mod together;
mod torture;
mod traits;
mod waits;
mod world;
