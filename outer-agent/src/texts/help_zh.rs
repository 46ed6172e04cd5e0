//! `--help` in Chinese: one text for each command and argument; see `ferry_io::output::help`.

use ferry_channel::texts::help_zh as channel;

/// Texts by command and argument, with those of the commands that both agents have.
pub fn table() -> Vec<(&'static str, &'static str)> {
    [TEXTS, channel::TABLE].concat()
}

const TEXTS: &[(&str, &str)] = &[
    ("", "数据摆渡外网端：验证并发布批次，提供门户，回传送达回证和留言。"),
    (
        "after_help",
        "示例：
  outer-agent --config outer.toml ingest    发布已到的批次
  outer-agent --config outer.toml portal    启动门户
  outer-agent --config outer.toml status    查看缺失批次、隔离区和状态根",
    ),
    ("--config", "配置文件"),
    ("--lang", "显示语言：zh 或 en。缺省依次按配置文件、系统区域设置，最后为中文"),
    ("--json", "以 JSON 输出到标准输出"),
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
    ("check-config", "检查配置、密钥、公开目录和证书，不作任何改动"),
    ("ingest", "处理一次已到的文件；不等待未传完的文件"),
    ("reply", "立即生成一个回传批次"),
    ("portal", "启动门户：独立进程，不持有通道密钥"),
    ("portal --exit-on-stdin-eof", "标准输入关闭时退出，即随启动它的进程一同结束"),
    ("channel", "为可调用接口的渠道生成凭据，并打印写入配置的内容"),
    ("channel NAME", "渠道名称，记入送达回证和留言"),
    ("channel --certificate", "该渠道的客户端证书（PEM），代替令牌"),
    ("backup", "备份数据：守护进程运行期间也保持一致；已有备份的目录将更新为最新"),
    ("backup FOLDER", "备份目录"),
    ("backup --with-keys", "同时备份密钥和信任文件：请按保管密钥的要求保管该目录"),
    ("restore", "将备份恢复到没有数据库的数据目录，并开始新的编号周期"),
    ("restore FOLDER", "备份目录"),
    ("restore --with-keys", "同时恢复密钥和信任文件"),
    ("run", "作为守护进程运行：接收、发布、门户和回传，直至停止"),
    ("hide", "立即下架一项已公布的信息，只有内网端可以重新公布"),
    ("hide KIND", "信息类别，即目录中的名称"),
    ("hide ID", "编号，即门户网站上地址的末段"),
    ("status", "查看通道、已公布数据、隔离区和状态根"),
    ("status --check", "供监控系统使用：输出一行结论，退出码 0 正常，1 请查看，2 有内容丢失或停滞，3 无法检查"),
];
