//! Errors of SQLite. English is SQLite's own wording.

use ferry_format::text::Text;
use rusqlite::ErrorCode;

/// What SQLite answered; what it has no code for is quoted.
pub fn error(error: &rusqlite::Error) -> Text {
    let english = error.to_string();
    let chinese = match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => "正被其他进程使用",
        Some(ErrorCode::DiskFull) => "磁盘空间不足",
        Some(ErrorCode::CannotOpen) => "无法打开",
        Some(ErrorCode::PermissionDenied) => "权限不足",
        Some(ErrorCode::ReadOnly) => "只读，无法写入",
        Some(ErrorCode::SystemIoFailure) => "读写失败",
        Some(ErrorCode::DatabaseCorrupt) => "文件已损坏",
        Some(ErrorCode::NotADatabase) => "不是数据库文件",
        Some(ErrorCode::OutOfMemory) => "内存不足",
        _ => return Text::new(format!("操作失败（“{english}”）"), english),
    };
    Text::new(chinese, english)
}
