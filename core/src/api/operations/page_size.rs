//! How many items to ask a page of. A page that was too slow or too large is asked for again in halves, down to one item;
//! what goes well grows back, the later the more often that has failed. Pure.

use super::LARGEST_PAGE;

/// What the server puts on a page that names no size; for halving it is near enough.
const USUAL: u32 = 30;
const FIRST_PATIENCE: u32 = 2;
const MOST_PATIENCE: u32 = 64;

/// The page size of one operation in one form, light or whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct PageSize {
    most: u32,
    /// Pages that went well since the size last changed, and how many are needed until it grows.
    good: u32,
    patience: u32,
    /// Whether the present size was tried because smaller ones went well.
    grown: bool,
}

impl Default for PageSize {
    fn default() -> Self {
        Self { most: LARGEST_PAGE, good: 0, patience: FIRST_PATIENCE, grown: false }
    }
}

impl PageSize {
    /// What to ask for where the caller wants so many, or doesn't say.
    pub(super) fn ask(self, wanted: Option<u32>) -> Option<u32> {
        if self.most == LARGEST_PAGE { wanted } else { Some(wanted.unwrap_or(USUAL).min(self.most)) }
    }

    /// A page of this size was too heavy: the next size to try, if there is a smaller one.
    pub(super) fn heavy(&mut self, asked: Option<u32>) -> Option<u32> {
        let half = asked.unwrap_or(USUAL) / 2;
        if self.grown {
            self.patience = (self.patience * 2).min(MOST_PATIENCE);
        }
        (self.grown, self.good) = (false, 0);
        if half == 0 {
            return None;
        }
        self.most = self.most.min(half);
        Some(half)
    }

    /// A page went well.
    pub(super) fn fine(&mut self) {
        self.good += 1;
        if self.good < self.patience {
            return;
        }
        self.good = 0;
        if self.most == LARGEST_PAGE {
            *self = Self::default();
        } else {
            self.most = (self.most * 2).min(LARGEST_PAGE);
            self.grown = true;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_go_down_to_one_item() {
        let mut size = PageSize::default();
        let mut asked = size.ask(Some(100));
        let mut tried = Vec::new();
        while let Some(next) = size.heavy(asked) {
            tried.push(next);
            asked = Some(next);
        }
        assert_eq!(tried, [50, 25, 12, 6, 3, 1]);
        assert_eq!([None, Some(1), Some(100)].map(|wanted| size.ask(wanted)), [Some(1); 3]);
    }

    #[test]
    fn a_size_that_nobody_named_is_left_to_the_server_until_it_is_too_much() {
        let mut size = PageSize::default();
        assert_eq!(size.ask(None), None);
        assert_eq!(size.heavy(None), Some(15));
        assert_eq!(size.ask(None), Some(15));
        assert_eq!(size.ask(Some(4)), Some(4));
    }

    #[test]
    fn it_grows_back_and_more_slowly_after_it_grew_too_early() {
        let mut size = PageSize::default();
        let pages_until = |size: &mut PageSize, most| {
            (1..)
                .find(|_| {
                    size.fine();
                    size.most == most
                })
                .unwrap()
        };
        size.heavy(Some(100));
        // pages until the whole size is tried again, and each time it is too heavy
        let mut waits = Vec::new();
        for _ in 0..7 {
            waits.push(pages_until(&mut size, 100));
            size.heavy(Some(100));
        }
        assert_eq!(waits, [2, 4, 8, 16, 32, 64, 64]);
        pages_until(&mut size, 100);
        (0..64).for_each(|_| size.fine());
        assert_eq!(size, PageSize::default());
    }
}
