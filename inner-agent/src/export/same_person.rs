//! Log-ins of people who stand in several rows of the platform.

use crate::export::collector::Collector;
use crate::export::row::{RowContent, SourceRow};
use crate::source::mapping::KindMapping;
use crate::store::exported::{self, ExportedRecord};
use crate::store::hold::Hold;
use ferry_format::reason::ReasonCode;
use ferry_io::error::Result;

impl Collector<'_> {
    /// A row with a log-in. Where a person stands in several rows, the newest of them is the one log-in, under the key that was
    /// exported first.
    pub(super) fn visit_login(
        &mut self,
        map: &KindMapping,
        mut row: SourceRow,
        known: Option<ExportedRecord>,
    ) -> Result<()> {
        let people = &self.source.people;
        if people.is_conflicting(&row.key) {
            return self.hold(map, &row, Hold::identity(ReasonCode::IdentityShared));
        }
        let conn = self.stage.commit.conn;
        let Some(person) = people.same_person(&row.key) else {
            let id = match (&row.content, &known) {
                (RowContent::Columns(columns), None) => map.record_id(columns)?,
                _ => None,
            };
            // The row under which this log-in was exported is gone: it goes on under that key.
            let earlier = id.map(|id| exported::retracted_with_id(conn, &map.kind, &id)).transpose()?.flatten();
            if let Some(earlier) = earlier {
                row.key.clone_from(&earlier.key);
                return self.visit_of_kind(map, row, Some(earlier));
            }
            return self.visit_of_kind(map, row, known);
        };
        let mut exported_as = None;
        for key in &person.keys {
            exported_as = exported_as.or(exported::get(conn, &map.kind, key)?);
        }
        let key = exported_as.as_ref().map(|e| e.key.clone()).or(person.keys.first().cloned()).unwrap_or_default();
        if !self.visited_people.insert(key.clone()) {
            return Ok(());
        }
        row.fingerprint = map.fingerprint(&person.newest, &self.source.documents, people)?;
        row.content = RowContent::Columns(person.newest.clone());
        row.key = key;
        self.visit_of_kind(map, row, exported_as)
    }
}
