//! Electronic service and the service receipt (articles 6 and 11).

use super::table::messages;

messages! {
    /// Electronic service and the service receipt (articles 6 and 11).
    ServiceTexts {
        served { zh: "送达文书", en: "Documents served on you" }
        note {
            zh: "文书到达本系统的日期为送达日期；查阅、下载和签收时间记入送达回证。",
            en: "The service date is the day on which a document arrives here. The times when you open, download and sign for it are recorded in the service receipt."
        }
        unopened { zh: "待签收，尚未查阅", en: "Not opened yet" }
        opened { zh: "已查阅，待签收", en: "Opened, not signed for" }
        signed { zh: "已签收", en: "Signed for" }
        no_consent { zh: "未确认电子送达", en: "No consent to electronic service" }
        no_consent_note {
            zh: "没有有效的电子送达确认书，该文书不通过本系统送达。请联系承办人或者拨打 12368。",
            en: "Without a valid consent to electronic service, this document is not served here. Contact the handler or call 12368."
        }
        opening_note { zh: "查阅文书即生成送达回证。", en: "Opening the document creates a service receipt." }
        arrived_at { zh: "到达时间", en: "Arrived" }
        opened_at { zh: "首次查阅时间", en: "First opened" }
        downloaded_at { zh: "下载完成时间", en: "Downloaded" }
        signed_at { zh: "签收时间", en: "Signed for" }
        open_document { zh: "查阅文书", en: "Open the document" }
        sign_document { zh: "签收文书", en: "Sign for the document" }
        view_receipt { zh: "查看送达回证", en: "View the service receipt" }
        receipt { zh: "送达回证", en: "Service receipt" }
        portal_channel { zh: "本网站", en: "This website" }
        receipt_number { zh: "回证编号", en: "Receipt number" }
        back_to_case { zh: "返回案件", en: "Back to the case" }
        print_note {
            zh: "如需打印，请使用浏览器的打印功能。",
            en: "To print this page, use the print function of your browser."
        }
    }
}
