//! Files that stay in the received folder.

use ferry_format::texts;

texts! {
    no_file { zh: "不是普通文件", en: "not a regular file" }
    unfinished { zh: "文件传输未完成", en: "transfer not finished, by its name" }
    unreadable { zh: "无法读取", en: "unreadable" }
    read_only {
        zh: "已接收或已拒收，但所在目录只读、无法移走", en: "received or refused before, and its folder is read-only",
    }
    foreign { zh: "非批次文件，请清理", en: "not a batch; clear the folder" }
    other_direction { zh: "方向相反的批次：收发目录可能接反", en: "batches of the other direction: the folders may be swapped" }
    over_limit { zh: "超出单次处理上限，下次继续", en: "over the limit of one pass; the next one continues" }
    line(files, example, reason) {
        zh: "未处理文件 {files} 个，例如 {example}：{reason}", en: "skipped: {files} files, such as {example}: {reason}"
    }
}
