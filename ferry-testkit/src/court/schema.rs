//! The case platform in the style of the real ones: pinyin-initial columns, code tables by number. Every table ends with
//! when a row was entered (LRSJ), who approved a late entry (CQSPR) and when it last changed (GXSJ).

/// A table: its name, its columns, the first of which is the key.
pub struct Table(pub &'static str, pub &'static str);

/// All tables, in the order in which they are counted.
pub const TABLES: [Table; 31] = [
    Table("AJXX", "AJBH, AH, AY, LARQ, ZXYJ, SQBDE, AJZT"),
    Table("RY", "RYBH, XM, ZJLX, ZJHM, SJHM, CXM, MM"),
    Table("DSR", "DSRBH, AJBH, RYBH, XM, SSDW"),
    Table("DLR", "DLRBH, AJBH, RYBH, XM, ZYJG, BDLR, DLQX, QSRQ, ZZRQ"),
    Table("CBR", "CBRBH, AJBH, XM, ZW, BGDH"),
    Table("ZXCS", "CSBH, AJBH, CSLB, BDW, JE, SSRQ, NDRQ, SSZT"),
    Table("QZCS", "QZBH, AJBH, CSLB, DX, SY, JDRQ"),
    Table("CCCZ", "CZBH, AJBH, JD, CC, JK, RQ"),
    Table("KXFP", "FPBH, AJBH, SX, SKR, JE, ZFRQ"),
    Table("ZXZZ", "ZZBH, AJBH, LX, LY, RQ"),
    Table("ZXHJ", "HJBH, AJBH, NR, QDRQ"),
    Table("JAXX", "JABH, AJBH, JAFS, JARQ, DWJE, SM, GZLY, GZSPR, GZSPRQ"),
    Table("YYAJ", "YYBH, AJBH, LX, AH, LARQ, CBRY, LXDH, CLJG, JARQ"),
    Table("TZ", "TZBH, AJBH, SJ, DD, SX"),
    Table("QX", "QXBH, AJBH, SX, TS, LY, JMRQ"),
    Table("WS", "WSBH, AJBH, RYBH, WSLX, MC, LJ, WJM, QFBZ, JZLB, SDFS, QFRQ, GZLY, GZSPR, GZSPRQ"),
    Table("SDXX", "SDBH, AJBH, WSMC, SDFS, KSRQ, WCRQ"),
    Table("GBQK", "GBBH, AJBH, WSMC, PT, GBRQ, CXFS"),
    Table("QTXX", "QTBH, AJBH, BT, NR, YJ, RQ"),
    Table("LYLX", "LXBH, AJBH, MC, LJ, WJM, LZRQ"),
    Table("JZCL", "CLBH, AJBH, MC, LJ, WJM, JZLB, GJRQ"),
    Table("QRS", "QRSBH, AJBH, RYBH, QSRQ, SXRQ"),
    Table("LYHF", "HFBH, AJBH, RYBH, LYBH, NR, HFR, HFSJ"),
    Table("JG", "JGBH, MC, DZ, LXFS, ZN"),
    Table("FYRY", "FYRYBH, XM, ZW, BM"),
    Table("ZN", "ZNBH, LX, BT, LJ, WJM, FBRQ, GZLY, GZSPR, GZSPRQ"),
    Table("GG", "GGBH, LB, BT, NR, FBRQ, GZLY, GZSPR, GZSPRQ"),
    Table("MCXX", "MCBH, MC, LB, LXFS"),
    Table("GKWS", "GKBH, BT, AH, FY, LJ, WJM, QFBZ, CPRQ, GZLY, GZSPR, GZSPRQ"),
    Table("BYGK", "SPBH, DXLB, DXBH, AJBH, LYLB, LY, ZXJFZR, FGYLD, QSRQ, JZRQ"),
    Table("SCJL", "XH, BM, ZJ, SJ, SPR, SPRQ, LY"),
];

impl Table {
    /// Its CREATE statements. Numbers are numbers where real platforms have them, everything else is text.
    pub fn sql(&self) -> String {
        let Self(name, columns) = self;
        let typed: Vec<String> = columns
            .split(", ")
            .enumerate()
            .map(|(n, c)| match c {
                "SQBDE" => format!("{c} DOUBLE PRECISION"),
                "QFBZ" | "TS" => format!("{c} INTEGER"),
                "XH" => format!("{c} INTEGER PRIMARY KEY"),
                _ if n == 0 => format!("{c} VARCHAR(64) NOT NULL PRIMARY KEY"),
                _ => format!("{c} TEXT"),
            })
            .collect();
        let mut sql =
            format!("CREATE TABLE {name}({}, LRSJ TEXT, CQSPR TEXT, GXSJ TEXT NOT NULL);\n", typed.join(", "));
        sql.push_str(&format!("CREATE INDEX {name}_GXSJ ON {name}(GXSJ);\n"));
        if columns.contains(", AJBH") {
            sql.push_str(&format!("CREATE INDEX {name}_AJBH ON {name}(AJBH);\n"));
        }
        sql
    }
}
