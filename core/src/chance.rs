//! Chance, which spreads waits so that clients don't move in step. In a simulation it repeats itself.

/// A number in 0..1.
pub(crate) fn chance() -> f64 {
    #[cfg(test)]
    if let Some(chance) = crate::simulation::chance() {
        return chance;
    }
    rand::random()
}
