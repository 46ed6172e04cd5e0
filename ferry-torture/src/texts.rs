//! Headings of a drill, what `drill` and `torture` print about themselves, and their help in Chinese.

use ferry_io::exit_code::{CANNOT_CREATE, USAGE};
use ferry_io::output::help::Table;

/// `drill --help` in Chinese; see `ferry_io::output::help`.
pub const DRILL_HELP: Table = &[
    ("", "在测试法院设置故障，并引导操作人员处理。"),
    ("NAME", "演练名称，或者 `list`"),
    ("FOLDER", "测试法院的目录；缺省为系统临时目录下的新目录"),
    ("--check", "同时执行处理命令，并检查结果是否正常"),
    ("--lang", "显示语言：zh 或 en。缺省按系统区域设置，最后为中文"),
];

/// `torture --help` in Chinese.
pub const TORTURE_HELP: Table = &[
    ("", "对真实程序逐一施加故障，统计违反约束的情况。"),
    ("PROGRAMME", "测试项目"),
    ("PROGRAMME=power", "每个作业的每一步之后断电"),
    ("PROGRAMME=faults", "每次写盘调用都失败"),
    ("PROGRAMME=local", "目录、文件、密钥不见、被换或不可用，随后恢复"),
    ("PROGRAMME=kills", "强行终止两端程序"),
    ("PROGRAMME=daemons", "强行终止两端守护进程"),
    ("PROGRAMME=portal", "强行终止门户"),
    ("PROGRAMME=orders", "六个批次的各种到达顺序"),
    ("PROGRAMME=subsets", "十个批次的各种丢失组合"),
    ("PROGRAMME=model", "两侧台账在若干步内的全部状态"),
    ("PROGRAMME=days", "五个法院连日经受通道的随机故障"),
    ("--count", "测试点、终止次数或种子数；缺省为全部，或由项目决定"),
    ("--every", "均匀地每 N 个测试点取一个；用于 `power`、`faults` 和 `local`"),
    ("--seed", "随机数种子；与 `--every` 同用时，种子 S 至 S+N-1 恰好测遍所有测试点"),
    ("--keep", "保存结果的表格文件"),
    ("--run", "写入表格的日期和机器"),
    ("--lang", "显示语言：zh 或 en。缺省按系统区域设置，最后为中文"),
];

const FAILED: u8 = 1;

ferry_format::texts! {
    drill(name) { zh: "演练：{name}", en: "drill: {name}" }
    what_to_look_at { zh: "看什么", en: "What to look at" }
    what_to_type { zh: "怎么办", en: "What to type" }
    what_to_avoid { zh: "不要", en: "What not to do" }
    all_is_well(root) { zh: "一切正常，状态根 {root}", en: "all is well, state root {root}" }
    court_left_in(folder) { zh: "测试法院保留在 {folder}", en: "the court stays in {folder}" }
}

ferry_io::errors! {
    unknown_drill(name) = USAGE, "FERRY-E0614" {
        zh: "没有名为 {name} 的演练", en: "no drill is called {name}",
        hint { zh: "运行 ops/drill list 查看", en: "see ops/drill list" }
    }
    folder_exists(folder) = CANNOT_CREATE, "FERRY-E0613" {
        zh: "{folder}：目录已存在", en: "{folder}: the folder exists already",
        hint { zh: "请指定不存在的目录", en: "name a folder that does not exist yet" }
    }
    no_points(programme) = USAGE, "FERRY-E0614" {
        zh: "{programme} 没有可选取的测试点", en: "{programme} has no points to choose from",
        hint { zh: "`--every` 用于 power 或 faults，此处用 `--count`", en: "use --every with power or faults, --count here" }
    }
    drill_failed(why) = FAILED, "FERRY-E0614" {
        zh: "演练失败：{why}", en: "the drill failed: {why}",
        hint { zh: "查看保留的测试法院", en: "look at the court that stays" }
    }
}
