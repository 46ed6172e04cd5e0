//! `--help` in Chinese: one text for each command and argument; see `ferry_io::output::help`.

use ferry_channel::texts::help_zh as channel;

/// Texts by command and argument, with those of the commands that both agents have.
pub fn table() -> Vec<(&'static str, &'static str)> {
    [TEXTS, channel::TABLE].concat()
}

const TEXTS: &[(&str, &str)] = &[
    ("", "数据摆渡内网端：导出经签名和加密的案件信息批次，导入送达回证和留言。"),
    (
        "after_help",
        "示例：
  inner-agent --config inner.toml plan          查看下次将导出的内容
  inner-agent --config inner.toml export        立即导出一次
  inner-agent --config inner.toml status        查看最新批次、暂缓导出的记录和待办事项
  inner-agent --config inner.toml review list   查看待审草稿
  inner-agent --config inner.toml report --month 2026-11 --html -o 2026-11.html   公开工作月报",
    ),
    ("--config", "配置文件"),
    ("--lang", "显示语言：zh 或 en。缺省依次按配置文件、系统区域设置，最后为中文"),
    ("--json", "以 JSON 输出到标准输出"),
    ("--strict", "有记录暂缓导出时以 75 退出"),
    ("--by", "作出决定的人员姓名"),
    ("--reason", "理由"),
    ("init", "创建尚不存在的目录和密钥，并打印供对端比对的指纹"),
    ("doctor", "逐项检查本端所依赖的一切（可能已损坏），并依次列出处理办法"),
    ("doctor --fix", "修复不会丢失数据的问题：私有文件的权限"),
    ("doctor --json", "标准输出为 JSON"),
    ("pair", "信任对端的密钥"),
    ("pair --peer-sender", "对端发送方公钥"),
    ("pair --peer-recipient", "对端接收方公钥"),
    ("pair --replace", "已信任其他密钥时，显示将作的更改；审核人和规则不变"),
    ("pair --yes", "与 `--replace` 同用：执行更改"),
    ("check-config", "检查配置、密钥、公开目录、映射和数据库，并显示各项映射读到的内容，不作任何改动"),
    ("plan", "查看下次将导出和暂缓导出的内容，不作任何改动"),
    ("import --platform-restored", "办案平台已从较早的备份恢复：其中虽缺少此后入库的内容，仍继续导入"),
    ("status --check", "供监控系统使用：输出一行结论，退出码 0 正常，1 请查看，2 有内容丢失或停滞，3 无法检查"),
    ("plan --full", "比对全部行和文件，不限于有变更的"),
    ("export", "立即导出一次：采集、检查、生成批次、发布、发出"),
    ("export --full", "比对全部行和文件，不限于有变更的"),
    ("release", "重新核验各草稿的审核签名，对满足条件的编号并发出"),
    ("review", "待审草稿，以及审核人签署的文件"),
    ("review list", "列出待审草稿及各自所需的审核签名，以及发布后待审核的批次"),
    ("review add", "登记审核人在本人计算机上签署的审核签名和退回文件"),
    ("review add FILES", "审核签名或退回文件"),
    ("review refuse", "登记已签署的退回文件；审核人密钥不进入本机"),
    ("review refuse FILES", "退回文件"),
    ("reconcile", "比对全部行和文件，修复两侧差异：立即完整导出一次"),
    ("baseline", "在新的编号周期内以一个批次导出全部已公开的内容，外网端以此为准"),
    ("baseline --allow-retractions", "允许撤回目前无法导出的已公开记录"),
    ("retractions", "待人工确认的撤回：办案平台中不见的已公开记录超过上限"),
    ("retractions list", "列出待确认的撤回和清单摘要"),
    ("retractions release", "确认撤回，随下次导出发出"),
    ("retractions release DIGEST", "`retractions list` 显示的清单摘要"),
    ("retractions discard", "不撤回，记录保持公开，直至办案平台恢复这些记录"),
    ("retractions discard DIGEST", "`retractions list` 显示的清单摘要"),
    ("waiting", "超出当日上限而等待的回传条目"),
    ("waiting list", "按类别统计等待中的条目"),
    ("waiting settle", "不受当日上限限制，全部立即入库：经核对属实"),
    ("waiting discard", "全部删除：系伪造的大量条目"),
    ("import", "立即导入一次"),
    ("run", "作为守护进程按计划运行，直至停止"),
    ("status", "查看通道、暂缓导出的记录、待办事项和状态根"),
    ("backup", "备份数据：守护进程运行期间也保持一致；已有备份的目录将更新为最新"),
    ("backup FOLDER", "备份目录"),
    ("backup --with-keys", "同时备份密钥和信任文件：请按保管密钥的要求保管该目录"),
    ("restore", "将备份恢复到没有数据库的数据目录，并开始新的编号周期"),
    ("restore FOLDER", "备份目录"),
    ("restore --with-keys", "同时恢复密钥和信任文件"),
    ("report", "按类别和部门统计已导出、逾期录入、缺必填项、不予公开、暂缓导出和逾期的内容"),
    ("report --day", "某一日，YYYY-MM-DD"),
    ("report --month", "某一月，YYYY-MM"),
    ("report --html", "生成供阅读或打印的 HTML 文件"),
    ("report -o", "HTML 文件路径"),
    ("notify", "立即发送一次通知，或列出承办人待办的送达"),
    ("notify --list", "按承办人列出逾期和提醒未确认的送达，以及未发出的短信；不发送"),
    ("notify --over-limit", "因超过 `messages-max` 而等待的短信如何处理"),
    ("notify --over-limit=send", "发送"),
    ("notify --over-limit=drop", "标记为已处理，不发送"),
];
