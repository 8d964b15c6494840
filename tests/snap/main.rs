//! Snapshots: the store under injury, and what is made of its contents.

#[cfg(test)]
mod size;
#[cfg(test)]
mod trends;
#[cfg(test)]
mod world;
