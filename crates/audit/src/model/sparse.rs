//! Sparse: a part of a scope that most scopes have nothing in.
//!
//! A large model has many scopes that only hold others; without this each of them would be as large as a
//! container with all its settings.

use std::ops::{Deref, DerefMut};

/// A part that can be empty.
pub trait Part: Sized + 'static {
    /// The part with nothing in it.
    const EMPTY: &'static Self;

    /// Tells whether there is nothing in it.
    fn is_empty(&self) -> bool;

    /// Returns a new one with nothing in it.
    fn new() -> Self;
}

/// A part that takes no room while there is nothing in it; it reads and writes like the part itself.
#[derive(Debug)]
pub struct Sparse<T>(Option<Box<T>>);

impl<T> Sparse<T> {
    /// Returns the part, if there is something in it.
    pub(super) fn filled(&mut self) -> Option<&mut T> {
        self.0.as_deref_mut()
    }
}

impl<T> Default for Sparse<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<T: Part> From<T> for Sparse<T> {
    fn from(part: T) -> Self {
        Self((!part.is_empty()).then(|| Box::new(part)))
    }
}

impl<T: Part> Deref for Sparse<T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.0.as_deref().unwrap_or(T::EMPTY)
    }
}

impl<T: Part> DerefMut for Sparse<T> {
    fn deref_mut(&mut self) -> &mut T {
        self.0.get_or_insert_with(|| Box::new(T::new()))
    }
}
