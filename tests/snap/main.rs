//! Snapshots: the store under injury, and what is made of its contents.

#[cfg(test)]
mod aside;
#[cfg(test)]
mod exports;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod history;
#[cfg(test)]
mod queries;
#[cfg(test)]
mod retention;
#[cfg(test)]
mod round_trip;
#[cfg(test)]
mod size;
#[cfg(test)]
mod trends;
#[cfg(test)]
mod versions;
#[cfg(test)]
mod world;
