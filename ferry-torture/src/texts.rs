//! Headings of a drill, and what `drill` prints about itself.

use ferry_io::exit_code::{CANNOT_CREATE, USAGE};

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
    drill_failed(why) = FAILED, "FERRY-E0614" {
        zh: "演练失败：{why}", en: "the drill failed: {why}",
        hint { zh: "查看保留的测试法院", en: "look at the court that stays" }
    }
}
