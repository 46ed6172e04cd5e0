//! The list of cases and the page of a case.

use super::table::messages;

messages! {
    /// The list of cases and the page of a case.
    CaseTexts {
        no_cases { zh: "暂无与您有关的案件。", en: "You have no cases." }
        parties { zh: "当事人", en: "Parties" }
        on_this_page { zh: "本页内容", en: "On this page" }
        steps { zh: "案件进展", en: "Progress" }
        no_steps { zh: "暂无进展信息。", en: "No progress yet." }
        to_document { zh: "查看文书材料", en: "Go to the document" }
        materials { zh: "材料和录音录像", en: "Documents and recordings" }
    }
}
