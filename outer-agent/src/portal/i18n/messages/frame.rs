//! Texts around every page.

use super::table::messages;

messages! {
    /// Texts around every page.
    FrameTexts {
        lang { zh: "zh-CN", en: "en" }
        other_code { zh: "en", en: "zh" }
        other_lang { zh: "en", en: "zh-CN" }
        other_language { zh: "English", en: "中文" }
        colon { zh: "：", en: ": " }
        skip { zh: "跳到正文", en: "Skip to content" }
        site { zh: "执行信息公开", en: "Enforcement information" }
        main_menu { zh: "主菜单", en: "Main menu" }
        display_settings { zh: "阅读设置", en: "Display settings" }
        large_text { zh: "大字版", en: "Large text" }
        normal_text { zh: "标准字号", en: "Normal text" }
        breadcrumbs { zh: "当前位置", en: "You are here" }
        home { zh: "首页", en: "Home" }
        my_cases { zh: "我的案件", en: "My cases" }
        sessions { zh: "登录设备", en: "Logged-in devices" }
        log_in { zh: "登录查询", en: "Log in" }
        log_out { zh: "退出登录", en: "Log out" }
        national_sites { zh: "全国统一平台", en: "National sites" }
        organiser { zh: "主办单位", en: "Organiser" }
        organiser_address { zh: "地址", en: "Address" }
        hotline { zh: "诉讼服务热线", en: "Litigation service hotline" }
        support { zh: "技术支持", en: "Technical support" }
        icp { zh: "ICP 备案号", en: "ICP filing number" }
        police { zh: "公安备案号", en: "Public security filing number" }
        site_code { zh: "网站标识码", en: "Site code" }
        party_mark { zh: "网站标识", en: "Site mark" }
        party_mark_name { zh: "党政机关网站", en: "Party and government website" }
    }
}
