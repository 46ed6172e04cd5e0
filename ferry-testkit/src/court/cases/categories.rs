//! The categories of article 3 that few cases have.

use crate::court::cases::Writer;
use crate::court::cases::values::{dashed, day};
use crate::court::people::Person;
use crate::random::Random;
use ferry_io::error::Result;
use rusqlite::params;

impl Writer<'_> {
    /// Objections, extensions, service by other means, publication, aid, consents.
    pub(super) fn rare_categories(
        &self,
        r: &mut Random,
        n: u64,
        case: &str,
        number: &str,
        year: u64,
        parties: &[Person],
    ) -> Result<()> {
        let on = day(r, year);
        if r.chance(4) {
            let kind = r.pick(&["1", "2", "3", "4", "5", "6"]);
            let own = format!("（{}）鲁1502{}{}号", year.max(2016), r.pick(&["执异", "执复"]), n % 9000 + 1);
            let row = params![
                format!("YY{n:09}"),
                case,
                kind,
                own,
                dashed(on),
                "审判长赵丽、审判员孙宏伟、书记员李雪梅",
                "0635-8000001",
                r.chance(50).then_some("驳回异议请求"),
                Option::<&str>::None
            ];
            self.row_about(r, on, "YYAJ", row)?;
        }
        if r.chance(5) {
            let row =
                params![format!("QX{n:09}"), case, r.pick(&["1", "3"]), 180, "评估拍卖期间不计入期限", dashed(on)];
            self.row("QX", row)?;
        }
        if r.chance(4) {
            let row =
                params![format!("SD{n:09}"), case, "执行裁定书", r.pick(&["1", "2", "4"]), dashed(on), dashed(on)];
            self.row_about(r, on, "SDXX", row)?;
            let row = params![
                format!("GB{n:09}"),
                case,
                "执行裁定书",
                r.pick(&["1", "2", "3"]),
                dashed(on),
                format!("按案号{number}查询")
            ];
            self.row("GBQK", row)?;
        }
        if r.chance(1) {
            let row = params![
                format!("QT{n:09}"),
                case,
                "司法救助",
                "已依法给予司法救助。",
                "关于建立完善国家司法救助制度的意见",
                dashed(on)
            ];
            self.row("QTXX", row)?;
        }
        if r.chance(60) {
            let to = &parties[(n % 2) as usize];
            let until = (n % 50 == 7).then_some("20201231");
            self.row("QRS", params![format!("QR{n:09}"), case, to.id, "20160104", until])?;
        }
        Ok(())
    }
}
