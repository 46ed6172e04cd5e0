//! What happens in a case: measures, sanctions, disposal, payment, settlement, hearings.

use crate::court::cases::Writer;
use crate::court::cases::values::{dashed, day, plain, yuan};
use crate::court::people::Person;
use crate::random::Random;
use ferry_io::error::Result;
use rusqlite::params;

impl Writer<'_> {
    /// The steps of a case that has begun.
    pub(super) fn steps(&mut self, r: &mut Random, n: u64, case: &str, year: u64, parties: &[Person]) -> Result<()> {
        for at in 0..=r.below(2) {
            let target = r.pick(&[
                "银行存款",
                "位于东昌区柳园路的房产一套",
                "鲁P牌照小型轿车一辆",
                "持有的公司股权",
                "支付宝账户余额",
            ]);
            let (amount, kind, done) =
                (r.chance(70).then(|| yuan(r)), r.pick(&["1", "2", "3", "4", "5"]), day(r, year));
            // What is only planned must not reach the one it is aimed at.
            let planned = r.chance(10);
            let done_on = (!planned).then(|| dashed(done));
            let state = if planned { "0" } else { "1" };
            let key = format!("CS{n:09}-{at}");
            self.row_about(r, done, "ZXCS", params![key, case, kind, target, amount, done_on, dashed(done), state])?;
            if planned || !r.chance(2) {
                continue;
            }
            let form = params![
                format!("SP{n:09}"),
                "ZXCS",
                key,
                case,
                "6",
                "公开可能妨碍后续执行",
                "执行局长 刘强",
                "副院长 周明",
                "20260101",
                Option::<&str>::None
            ];
            self.row("BYGK", form)?;
        }
        if r.chance(40) {
            let (kind, on) = (r.pick(&["1", "2", "3"]), day(r, year));
            let row = params![format!("QZ{n:09}"), case, kind, parties[1].name, "有履行能力而拒不履行", plain(on)];
            self.row_about(r, on, "QZCS", row)?;
        }
        if r.chance(25) {
            let (stage, on, price) = (r.pick(&["1", "2", "3"]), day(r, year), yuan(r));
            let row = params![format!("CZ{n:09}"), case, stage, "位于东昌区的房产一套", price, dashed(on)];
            self.row_about(r, on, "CCCZ", row)?;
        }
        if r.chance(25) {
            let (amount, on, kind) = (yuan(r), day(r, year + 1), r.pick(&["1", "4", "5"]));
            let row = params![format!("FP{n:09}"), case, kind, parties[0].name, amount, dashed(on)];
            self.row_about(r, on, "KXFP", row)?;
        }
        if r.chance(10) {
            let terms = "双方自愿达成如下协议：\n一、被执行人分三期支付欠款；\n二、申请执行人放弃利息。";
            let on = day(r, year);
            self.row_about(r, on, "ZXHJ", params![format!("HJ{n:09}"), case, terms, dashed(on)])?;
        }
        if r.chance(15) {
            let at = format!("{} {:02}:30:00", dashed(day(r, year)), 8 + r.below(9));
            self.row("TZ", params![format!("TZ{n:09}"), case, at, "第三审判庭", "关于执行异议的听证"])?;
        }
        Ok(())
    }
}
