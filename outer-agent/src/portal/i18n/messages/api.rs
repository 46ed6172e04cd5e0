//! What the API refuses beyond what a page would: a title, and what to do.

use super::table::messages;

messages! {
    /// What the API refuses beyond what a page would: a title, and what to do.
    ApiTexts {
        no_channel { zh: "渠道未经认证", en: "Channel not authenticated" }
        no_channel_detail {
            zh: "请求须带有本院发给该渠道的令牌或者证书。",
            en: "Send the token or the certificate that the court issued to this channel."
        }
        no_right { zh: "渠道无此权限", en: "Channel not permitted" }
        no_right_detail { zh: "该渠道未获准调用此接口。", en: "This channel may not call this operation." }
        too_fast { zh: "调用过于频繁", en: "Too many requests" }
        too_fast_detail {
            zh: "请在 Retry-After 所示秒数之后重试。",
            en: "Try again after the number of seconds in Retry-After."
        }
        party_address { zh: "当事人地址有误", en: "Invalid party address" }
        party_address_detail {
            zh: "Ferry-Party-Address 须为一个 IP 地址。",
            en: "Ferry-Party-Address must be one IP address."
        }
        idempotency_key { zh: "提交编号有误", en: "Invalid idempotency key" }
        idempotency_key_detail {
            zh: "Idempotency-Key 须为 1 至 128 个 ASCII 字符。",
            en: "Idempotency-Key must have 1 to 128 ASCII characters."
        }
        query { zh: "查询参数有误", en: "Invalid query" }
        query_detail {
            zh: "有未知的参数，或者数值超出范围。",
            en: "A parameter is unknown, or a value is out of range."
        }
        json { zh: "请求正文有误", en: "Invalid request body" }
        json_detail {
            zh: "正文须为接口说明所列的 JSON，不得有多余的项。",
            en: "The body must be the JSON of the API description, without additional members."
        }
        method { zh: "不支持此方法", en: "Method not allowed" }
        method_detail { zh: "此地址只接受 Allow 所列的方法。", en: "This address accepts only the methods in Allow." }
        too_large { zh: "请求过长", en: "Request too large" }
        too_large_detail { zh: "请求正文最多 32 KiB。", en: "The body can have at most 32 KiB." }
        media_type { zh: "格式不支持", en: "Unsupported media type" }
        media_type_detail { zh: "正文须为 application/json。", en: "The body must be application/json." }
        range { zh: "范围有误", en: "Range not satisfiable" }
        range_detail { zh: "文件没有所求的部分。", en: "The file does not have the requested range." }
        timeout { zh: "办理超时", en: "Timed out" }
        timeout_detail { zh: "请稍后再试。", en: "Try again later." }
        failed { zh: "暂时无法办理", en: "Internal error" }
        failed_detail {
            zh: "请稍后再试；仍无法办理的，请联系本院信息中心。",
            en: "Try again later. If it still fails, contact the court's IT department."
        }
        request { zh: "请求有误", en: "Invalid request" }
        request_detail { zh: "请求不符合接口说明。", en: "The request does not follow the API description." }
    }
}
