//! Messages and access requests (articles 4 and 10).

use super::table::messages;

messages! {
    /// Messages and access requests (articles 4 and 10).
    WritingTexts {
        messages { zh: "留言", en: "Messages" }
        leave_message { zh: "给承办人留言", en: "Message the handler" }
        message_text { zh: "留言内容", en: "Your message" }
        send_message { zh: "提交留言", en: "Send the message" }
        earlier_messages { zh: "已提交的留言", en: "Your messages" }
        requests { zh: "申请查阅", en: "Access requests" }
        request_access { zh: "申请查阅录音录像和正卷材料", en: "Request access to recordings and files" }
        subject { zh: "申请查阅的内容", en: "What you need access to" }
        request_text { zh: "申请说明", en: "Details" }
        send_request { zh: "提交申请", en: "Send the request" }
        earlier_requests { zh: "已提交的申请", en: "Your requests" }
        received { zh: "已收到，承办人次日前可查看", en: "Received; the handler can read it by the next day" }
        with_handler { zh: "已转交承办人", en: "With the handler" }
        answered { zh: "已回复", en: "Answered" }
        replied { zh: "回复", en: " replied" }
        text_not_kept { zh: "内容已过保留期。", en: "The text is no longer kept." }
        empty_text { zh: "请填写内容。", en: "Enter a text." }
        long_text { zh: "内容最多 2000 字。", en: "The text can have at most 2,000 characters." }
        too_many_texts {
            zh: "您今天提交的次数已达上限，请明天再试或者拨打 12368。",
            en: "You have reached the limit for today. Try again tomorrow or call 12368."
        }
        unknown_subject { zh: "请选择申请查阅的内容。", en: "Choose what you need access to." }
    }
}
