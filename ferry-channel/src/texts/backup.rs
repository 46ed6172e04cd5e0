//! What backup and restore print.

use ferry_format::texts;

texts! {
    made(files, bytes, copied) {
        zh: "备份完成：文件 {files} 个，{bytes} 字节，本次复制 {copied} 个",
        en: "backup: {files} files, {bytes} bytes; {copied} copied now"
    }
    with_keys { zh: "  备份内含密钥，请按密钥保管", en: "  it holds the keys: keep it as you keep the keys" }
    without_keys {
        zh: "  备份不含密钥，请另行保管（--with-keys 可一并备份）",
        en: "  it holds no keys: keep a copy of them elsewhere (`--with-keys` adds them)"
    }
    restored(files, made, keys) {
        zh: "已恢复 {made} 的备份：文件 {files} 个，其中密钥 {keys} 个",
        en: "restored {files} files of the backup of {made}, {keys} keys among them"
    }
    key_kept(file) { zh: "保留现有文件：{file}", en: "kept: {file} is there already" }
    new_epoch(epoch) {
        zh: "  新批次从编号周期 {epoch} 开始编号，不会重复使用旧编号",
        en: "  new batches are numbered from epoch {epoch}: no number is used twice"
    }
}
