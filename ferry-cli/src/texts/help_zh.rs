//! Help in Chinese; the English help is in the definitions of the commands.

use ferry_io::output::help::Table;

/// Chinese help by command and argument. An argument without an entry of its command has that of a command above it.
pub const HELP: Table = &[
    ("", "封装、校验、审核和打开数据摆渡批次。"),
    // Options that mean the same everywhere
    ("--lang", "显示语言：zh 或 en。未给出时由系统区域设置决定，没有区域设置则为中文。"),
    ("--json", "在标准输出打印一个 JSON 对象。"),
    ("--trust", "信任文件，或已签名的信任清单。"),
    ("--root", "签署信任清单的根公钥，数量须达到清单的门限。不检查清单是否最新。"),
    ("--passphrase-fd", "从该文件描述符的第一行读取密钥口令。"),
    ("--catalogue", "公开目录，用于显示类别和字段的名称；校验值与文件头写明的一致才采用。"),
    ("--approval", "已有的审核签名或退回文件。"),
    ("-o", "写到哪里。"),
    ("-k", "接收方或审核人的私钥。"),
    ("DRAFT", "草稿。"),
    ("BATCH", "批次。"),
    ("keygen", "生成密钥：NAME.key（私钥，权限 0600）和 NAME.pub（公钥）。"),
    (
        "keygen after_help",
        "示例：
  ferry keygen --role reviewer --passphrase -o li       带口令的密钥
  ferry keygen --role sender -o sender --token /usr/lib/softhsm/libsofthsm2.so --token-label court \\
    --pin-file /etc/ferry/pin                            密钥在硬件令牌内生成",
    ),
    ("keygen --role", "密钥的用途：root 根密钥，sender 发送，recipient 接收，reviewer 审核人。"),
    ("keygen --passphrase", "用口令保护，在终端输入两次。"),
    ("keygen --passphrase-fd", "用口令保护，从该文件描述符的第一行读取口令。"),
    ("keygen --token", "用该 PKCS#11 模块在硬件令牌内生成签名密钥；NAME.key 只记录其位置。"),
    ("keygen --token-label", "令牌的标签。"),
    ("keygen --token-serial", "令牌的序列号。"),
    ("keygen --object-label", "密钥在令牌内的标签；未给出时取 NAME 的最后一段。"),
    ("keygen --pin-file", "第一行是 PIN 的文件，权限 0600。"),
    ("keygen --pin-credential", "PIN 在服务凭据中的名称（LoadCredential=）。"),
    ("keygen -o", "不带扩展名的路径。"),
    ("key", "查看密钥文件，或修改口令。"),
    ("key show", "显示密钥文件的内容：用途、指纹、核对码，私钥还显示保存方式。不需要口令和令牌。"),
    ("key passwd", "设置、更换或去掉密钥的口令。文件一次替换，密钥不变。"),
    (
        "key passwd after_help",
        "示例：
  ferry key passwd li.key             在终端输入新口令
  ferry key passwd li.key --remove    去掉口令",
    ),
    ("key KEY", "私钥文件。"),
    ("key passwd --new-passphrase-fd", "从该文件描述符的第一行读取新口令。"),
    ("key passwd --remove", "去掉口令：能读取该文件的人即持有密钥。"),
    ("trust", "生成信任文件，以及由根密钥编号签署的信任清单。"),
    ("trust init", "用这些公钥生成信任文件。未给出的项目不作限制。"),
    ("trust init --sender", "发送方公钥。"),
    ("trust init --reviewer", "审核人公钥。"),
    ("trust init --recipient", "接收方公钥。"),
    ("trust init --approvals", "须有几名不同的审核人签名。"),
    ("trust init --suite-floor", "可接受的最低密码套件；同一通道只升不降。"),
    ("trust init --channel", "批次必须写明的通道。"),
    ("trust init --court", "批次必须写明的法院。"),
    ("trust first", "用一个法院各通道的信任文件生成第 1 号清单的正文。"),
    ("trust first --root", "根公钥。"),
    ("trust first --threshold", "下一份清单须有几把根密钥签名。"),
    ("trust --days", "有效天数；未给出则长期有效。"),
    ("trust first CHANNELS", "写明法院、通道和方向的信任文件。"),
    ("trust next", "生成下一份清单的正文，只含这里给出的改动；其他改动在签名前直接编辑文件。"),
    (
        "trust next after_help",
        "示例：
  ferry trust next list-1.toml --add up=new-sender.pub -o body-2.toml
  ferry trust next list-2.toml --revoke up=old-sender.pub@1/418 -o body-3.toml
  ferry trust sign body-3.toml -i root-a.key -o half.toml && ferry trust sign half.toml -i root-b.key -o list-3.toml",
    ),
    ("trust next LIST", "最新的清单。"),
    ("trust next --add", "给通道增加一把密钥。"),
    ("trust next --drop", "从通道删除一把密钥。"),
    ("trust next --revoke", "从该周期该批号起吊销一把密钥。"),
    ("trust sign", "签署正文，或给清单增加一个签名。"),
    ("trust sign LIST", "正文，或他人已签名的清单。"),
    ("trust sign -i", "根密钥（私钥）。"),
    ("trust show", "显示清单：人员、岗位、密钥及核对码、规则。不校验签名。"),
    ("trust show LIST", "清单，或签名前的正文。"),
    ("trust diff", "显示清单改动了什么。"),
    ("trust diff BEFORE", "旧清单。"),
    ("trust diff AFTER", "新清单，或签名前的正文。"),
    ("trust check", "用最初的根公钥校验一个法院从第 1 号到最新的全部清单。"),
    ("trust check --root", "第 1 号清单的根公钥，全部给出。"),
    ("trust check LISTS", "各号清单，按编号顺序。"),
    ("seal", "把文件和目录封装成批次，类别为 file，编号周期为 0。"),
    ("seal -i", "发送方私钥。"),
    ("seal -r", "接收方公钥。"),
    ("seal --channel", "通道编号。"),
    ("seal --court", "法院编号。"),
    ("seal --sequence", "批号，从 1 起。"),
    ("seal --previous", "上一个批次。"),
    ("seal --draft", "不编号，只生成草稿。"),
    ("seal PATHS", "文件和目录。"),
    ("verify", "只用公钥校验结构、校验值、签名和审核签名。\n\n给出多个文件时，还校验批号顺序。"),
    ("verify BATCHES", "批次，按批号顺序。"),
    (
        "inspect",
        "以接收方或审核人身份查看批次或草稿：先列分类数量和所需审核签名，再列疑似敏感项及原因，最后列其余内容。\n\n校验不通过的批次不显示任何内容。",
    ),
    (
        "inspect after_help",
        "示例：
  ferry inspect -k reviewer.key --trust trust.toml draft.ferry
  ferry inspect -k reviewer.key --trust trust.toml draft.ferry --kind announcement --contains 限制消费 --all
  ferry inspect -k reviewer.key --trust trust.toml draft.ferry --flagged --approval li.approval
  ferry inspect -k reviewer.key --trust trust.toml draft.ferry --json | jq '.kinds'",
    ),
    ("inspect --kind", "只看该类别；可多次给出。"),
    ("inspect --case", "只看该案件。"),
    ("inspect --id", "只看该编号或名称的记录或文书。"),
    ("inspect --contains", "只看编号、名称或字段含有该文字的内容。"),
    ("inspect --retracted", "只看撤回。"),
    ("inspect --flagged", "只看疑似敏感项。"),
    ("inspect --approval", "已有的审核签名或退回文件：显示还缺什么，哪些不计入。"),
    ("inspect --limit", "详细显示多少条记录和文书。"),
    ("inspect --all", "全部显示。"),
    ("inspect BATCH", "批次或草稿。"),
    ("open", "校验通过后写出内容；有任何一项不通过则不写出任何文件。"),
    ("open -C", "空目录，或尚不存在的目录。"),
    (
        "review",
        "在审核人本机（127.0.0.1）的浏览器中显示草稿，供批准或退回。\n\n不向任何地方发送内容：密钥不离开本机，审核结果是草稿旁的一个文件。",
    ),
    (
        "review after_help",
        "示例：
  ferry review -k reviewer.key --trust trust.toml draft.ferry
  ferry review -k reviewer.key --trust trust.toml --catalogue catalogue.toml --before up-1-00000016.ferry draft.ferry --open",
    ),
    ("review --before", "该密钥能打开的上一个批次或草稿：显示此后的变更。"),
    ("review --approval", "其他审核人的审核签名或退回文件。"),
    ("review --output-dir", "审核结果写到哪个目录；未给出时写在草稿旁。"),
    ("review --port", "页面的端口；未给出时取空闲端口。"),
    ("review --open", "在浏览器中打开页面。"),
    ("review DRAFT", "草稿，或须事后审核的已发布批次。"),
    ("approve", "对草稿的内容声明生成审核签名文件，并打印核对码。"),
    (
        "approve after_help",
        "示例：
  ferry approve -i reviewer.key --trust trust.toml draft.ferry -o li.approval
  ferry approve -i reviewer.key --trust trust.toml --post-release up-1-00000017.ferry -o li.approval",
    ),
    ("-i", "审核人私钥。"),
    ("approve DRAFT", "草稿；加 --post-release 时为批次。"),
    ("approve -o", "审核签名文件写到哪里。"),
    ("approve --post-release", "事后审核已发布的批次。"),
    ("approve --approval", "其他审核人的审核签名或退回文件；已有退回时不再签名。"),
    ("refuse", "退回草稿：生成签名的退回文件，写明理由，可只针对部分记录。"),
    (
        "refuse after_help",
        "示例：
  ferry refuse -i reviewer.key --trust trust.toml draft.ferry --reason 身份证号未隐去 --item announcement/GG000017 -o li.refusal",
    ),
    ("refuse -o", "退回文件写到哪里。"),
    ("refuse --reason", "理由，1 至 1024 字节。"),
    ("refuse --item", "所针对的记录或文书；可多次给出。"),
    ("release-form", "生成草稿的发布审核单：一页，供电话核对、签名和归档。"),
    (
        "release-form after_help",
        "示例：
  ferry release-form -k reviewer.key --trust trust.toml --catalogue catalogue.toml draft.ferry -o form.html",
    ),
    ("release-form DRAFT", "草稿或批次。"),
    ("diff", "逐条显示两个批次或草稿之间的变更。"),
    (
        "diff after_help",
        "示例：
  ferry diff -k reviewer.key --trust trust.toml up-1-00000016.ferry up-1-00000017.ferry
  ferry diff -k reviewer.key --trust trust.toml yesterday.ferry draft.ferry --json",
    ),
    ("diff BEFORE", "较早的批次。"),
    ("diff AFTER", "较晚的批次。"),
    ("split", "把批次分成首卷和分卷；合并时逐卷校验。"),
    (
        "split after_help",
        "示例：
  ferry split up-1-00000017.ferry --volume-mib 4096 -C to-carry
写出 up-1-00000017.head、up-1-00000017.0001.volume 等文件。签名的内容不变。",
    ),
    ("split --volume-mib", "每卷长度，单位 MiB；最后一卷可以更短。"),
    ("split -C", "写到哪个目录。"),
    (
        "join",
        "把首卷和分卷合并成批次，不论顺序；缺卷时列出缺少的分卷。\n\n每卷单独与首卷核对。合并后的签名用 `ferry verify` 校验。",
    ),
    (
        "join after_help",
        "示例：
  ferry join carried/* -o up-1-00000017.ferry
  ferry join carried -o up-1-00000017.ferry --json
缺卷时以 75 结束，有损坏时以 65 结束，都不写出文件。",
    ),
    ("join PATHS", "首卷和分卷，或存放它们的目录。目录中的其他文件忽略。"),
    ("join -o", "批次写到哪里。"),
    ("catalogue", "检查公开目录（规定哪些内容可以出网），或生成供人阅读的页面。"),
    ("catalogue check", "报告公开目录和脱敏策略的错误，或打印其名称和校验值。"),
    ("catalogue --policy", "脱敏策略文件。"),
    ("catalogue FILE", "公开目录文件。"),
    ("catalogue show", "逐字段列出谁能看到什么，供审核人阅读和签名。页面语言由 --lang 决定。"),
    (
        "catalogue show after_help",
        "示例：
  ferry catalogue show catalogue.toml --policy policy.toml --html -o catalogue.html",
    ),
    ("catalogue show --html", "生成一个 HTML 文件（无脚本，不加载任何内容），代替 Markdown。"),
    ("catalogue show -o", "写到哪里；未给出时写到标准输出。"),
    ("evidence", "一条记录或一份文书的证据包，供审计使用：一个文件，可离线核验，也可用另一程序核验。"),
    (
        "evidence make",
        "把一条记录及其文书，或一份文书的证据收集到一个文件，不含其他记录。\n\n每个批次都整体校验和打开；取出的内容都能追溯到签名。",
    ),
    (
        "evidence make after_help",
        "示例：
  ferry evidence make -k recipient.key --trust up.toml --batch 17.ferry --kind measure --id M-204 -o m-204.evidence --partial
  ferry evidence make -k outer.key -k inner.key --trust up.toml --trust down.toml --batch 17.ferry --reply 9.ferry --reply 12.ferry \\
      --kind service --id S-31 --audit inner-audit.jsonl -o s-31.evidence",
    ),
    ("evidence make -k", "接收方或审核人的私钥；一把不能打开全部批次时给出多把。"),
    ("evidence make --trust", "信任文件，每个通道一份。"),
    ("evidence make --root", "第 1 号清单的全部根公钥：用已签名的清单代替信任文件。"),
    ("evidence make --batch", "记录或文书所在的批次；文书先前已传出的，再给出那个批次。"),
    ("evidence make --kind", "记录的类别。"),
    ("evidence make --id", "记录的编号；有多个版本时取最高版本。"),
    ("evidence make --document", "文书的名称或 SHA-256，代替记录。"),
    ("evidence make --reply", "回传批次：从中查找交付报告和送达回证。"),
    ("evidence make --audit", "一侧导出的审计（`audit export`）：取其中关于该批次和该记录的条目。"),
    ("evidence make --list", "放入证据包的已签名信任清单，按编号顺序。"),
    ("evidence --catalogue", "公开目录，由它规定交付报告和送达回证的类别。"),
    ("evidence make --partial", "缺少部分内容也继续；证据包写明缺少什么。"),
    (
        "evidence verify",
        "离线核验证据包，列出证明了什么、没有证明什么。\n\n以 0 结束表示包内全部核验通过；缺少的内容会列出。",
    ),
    (
        "evidence verify after_help",
        "示例：
  ferry evidence verify --trust up.toml --trust down.toml s-31.evidence
  ferry evidence verify --trust up.toml --trust down.toml s-31.evidence -C s-31",
    ),
    (
        "evidence verify --trust",
        "从证据包以外取得的信任文件，每个通道一份。未给出时列出包内的密钥供核对，不作为已证明。",
    ),
    ("evidence verify --root", "法院第 1 号清单的全部根公钥：包内清单以这些密钥的签名为准。"),
    ("evidence verify --catalogue", "公开目录，由它规定交付报告和送达回证的类别；批次须属于该目录。"),
    ("evidence verify -C", "尚不存在的目录：写出 `record.json` 和文书。"),
    ("evidence verify BUNDLE", "证据包。"),
    ("audit", "校验一侧导出的审计。"),
    ("audit verify", "只用公钥，把导出的审计与发送方签名的链头逐一核对。"),
    ("audit verify --trust", "写明该审计所属发送方的信任文件。"),
    ("audit verify EXPORT", "`audit export` 写出的文件。"),
    ("man", "生成手册页和命令补全，内容与 `--help` 相同。"),
    (
        "man after_help",
        "示例：
  ferry man -o /usr/share
在该目录下写出 man/man1/ferry*.1、bash-completion/completions/ferry、zsh/vendor-completions/_ferry 和
fish/vendor_completions.d/ferry.fish。",
    ),
    ("man -o", "写到哪个目录下。"),
];
