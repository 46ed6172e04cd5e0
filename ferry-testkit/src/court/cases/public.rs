//! What everyone may see, and rows that the agent must hold.

use crate::court::cases::Writer;
use crate::court::cases::values::{dashed, day};
use crate::court::documents::DocumentStore;
use crate::court::pdf::COURT_NAME;
use crate::random::Random;
use ferry_io::error::Result;
use rusqlite::params;

impl Writer<'_> {
    /// What everyone may see.
    pub(super) fn public(&mut self, cases: u64, store: &mut DocumentStore) -> Result<()> {
        let mut random = Random::new(self.seed, u64::MAX - 2);
        let r = &mut random;
        let none = Option::<&str>::None;
        for n in 0..(cases / 20).clamp(12, 2000) {
            let (code, title, text) = match n % 3 {
                0 => ("1", "听证公告", "本院定于下列时间就执行异议一案公开听证，特此公告。"),
                1 => (
                    "2",
                    "悬赏公告",
                    "凡提供被执行人可供执行的财产线索并经查证属实的，按执行到位金额的百分之五给予奖励。",
                ),
                _ => ("3", "拍卖公告", "本院将在司法拍卖网络平台公开拍卖下列房产，有意者可以咨询并实地看样。"),
            };
            let on = day(r, 2026);
            let row = params![
                format!("GG{n:06}"),
                code,
                format!("{title}（第{}号）", n + 1),
                text,
                dashed(on),
                none,
                none,
                none
            ];
            self.row_about(r, on, "GG", row)?;
        }
        let title = "最高人民法院关于人民法院执行流程公开的若干意见";
        for (id, kind, name) in
            [("ZN01", "1", "fafa-2014-18.txt"), ("ZN02", "1", "fafa-2014-18.pdf"), ("ZN03", "3", "fafa-2014-18.pdf")]
        {
            self.row("ZN", params![id, kind, title, format!("zn/{name}"), name, "20140903", none, none, none])?;
        }
        let guide = store.guide()?;
        self.row("ZN", params!["ZN04", "2", "申请执行须知", guide, "申请执行须知.pdf", "20240105", none, none, none])?;
        let duties = "负责本院生效裁判文书的强制执行。管辖范围：东昌区。投诉渠道：12368。";
        self.row("JG", params!["JG01", COURT_NAME, "东昌区光岳路1号", "0635-12368", duties])?;
        self.row("JG", params!["JG02", "执行局", none, "0635-8000100", duties])?;
        for (n, (name, duty)) in
            [("周明", "副院长"), ("刘强", "执行局局长"), ("赵丽", "执行法官"), ("孙宏伟", "执行法官")]
                .iter()
                .enumerate()
        {
            self.row("FYRY", params![format!("FY{n:02}"), name, duty, "执行局"])?;
        }
        for (n, (name, kind)) in [("山东正衡资产评估有限公司", "1"), ("聊城鲁拍拍卖有限公司", "2")].iter().enumerate()
        {
            self.row("MCXX", params![format!("MC{n:02}"), name, kind, "0635-8222000"])?;
        }
        for n in 0..(cases / 100).clamp(2, 200) {
            let number = format!("（2025）鲁1502执异{}号", n + 1);
            let path = store.judgment(n, &number)?;
            let on = day(r, 2025);
            let row = params![
                format!("GK{n:06}"),
                "执行裁定书",
                number,
                COURT_NAME,
                path,
                format!("执行裁定书（公开版）{}.pdf", n + 1),
                1,
                dashed(on),
                none,
                none,
                none
            ];
            self.row("GKWS", row)?;
        }
        Ok(())
    }

    /// Rows that do not fit: a code that the table lacks, a document whose file is gone. Gives their number.
    pub(super) fn unusable_rows(&mut self, cases: u64) -> Result<u64> {
        if cases < 20 {
            return Ok(0);
        }
        let none = Option::<&str>::None;
        self.row("ZXCS", params!["CS-MISFIT", "AJ000000001", "99", "不明", none, "2026-01-01", "2026-01-01", "1"])?;
        let (id, person): (String, String) = self.conn.query_row(
            "SELECT AJBH, RYBH FROM DSR WHERE AJBH = 'AJ000000001' ORDER BY DSRBH LIMIT 1",
            [],
            |r| Ok((r.get(0)?, r.get(1)?)),
        )?;
        let row = params![
            "WS-LOST",
            id,
            person,
            "01",
            "执行通知书",
            "lost/lost.pdf",
            "执行通知书.pdf",
            1,
            "1",
            "2",
            "20260101",
            none,
            none,
            none
        ];
        self.row("WS", row)?;
        Ok(2)
    }
}
