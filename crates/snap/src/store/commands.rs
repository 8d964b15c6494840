//! Commands: how the processes of the last snapshot were called, so that nobody has to ask them again.

use rusqlite::OptionalExtension as _;

use super::{
    Store,
    error::{Error, Trouble},
    layout,
    read::{FROM, Reader},
};
use crate::snapshot::{BootId, Command};

impl Store {
    /// Returns how the processes were called in the last snapshot of a boot that has any.
    ///
    /// One that is damaged tells nothing, as if there were none.
    ///
    /// # Errors
    ///
    /// Where the store cannot be read.
    pub fn commands(&self, boot: &BootId) -> Result<Vec<Command>, Error> {
        match self.last_commands(boot) {
            Err(Trouble::Damaged(_)) => Ok(Vec::new()),
            told => told.map_err(|trouble| trouble.at(&self.path)),
        }
    }

    fn last_commands(&self, boot: &BootId) -> Result<Vec<Command>, Trouble> {
        let sql = format!(
            "SELECT f.id {FROM} JOIN frame f ON f.id = s.frame
             WHERE b.boot_id = ?1 AND f.processes IS NOT NULL ORDER BY s.boot_clock DESC, s.id DESC LIMIT 1"
        );
        let mut statement = self.connection.prepare_cached(&sql)?;
        let frame: Option<i64> = statement.query_row([boot.as_bytes()], |row| row.get(0)).optional()?;
        let Some(frame) = frame else { return Ok(Vec::new()) };
        let mut reader = Reader::new(&self.connection);
        match reader.frames(frame)? {
            (_, Some(processes)) => layout::commands(&processes, reader.names()),
            (_, None) => Ok(Vec::new()),
        }
    }
}
