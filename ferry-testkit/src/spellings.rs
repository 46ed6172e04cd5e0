//! Numbers and marks in the spellings of people, for both scanners: each must be found, whatever script and alphabet it is in.

/// Texts with an identity number.
pub const IDENTITIES: [&str; 15] = [
    "公民身份号码37150219900307123０",
    "居住证号码830000199201300022",
    "港澳居民居住证810000199408230021",
    "永久居留身份证911840198108030022",
    "号码３７१५०२१९९००३०७१२३０",
    "号码३७१५०२१९९००३०७१२३०",
    "号码๓๗๑๕๐๒๑๙๙๐๐๓๐๗๑๒๓๐",
    "号码᠓᠗᠑᠕᠐᠒᠑᠙᠙᠐᠐᠓᠐᠗᠑᠒᠓᠐",
    "号码༣༧༡༥༠༢༡༩༩༠༠༣༠༧༡༢༣༠",
    "号码三七一五〇二一九九〇〇三〇七一二三〇",
    "号码叁柒壹伍零贰壹玖玖零零叁零柒壹贰叁零",
    "号码一一〇一〇五一九四九一二三一〇〇二X",
    "号码37l5O2l99OO3O7l23O",
    "号码37I5О21990Ο307123O",
    "外国人永久居留证USA370290030715",
];

/// Texts with a number of a passport or permit.
pub const TRAVEL_DOCUMENTS: [&str; 4] =
    ["护照号码：E12345678", "持护照（EA1234567）", "来往内地通行证H1234567801", "台湾居民来往大陆通行证号码12345678"];

/// Texts with a secrecy mark, 机密.
pub const MARKS: [&str; 7] =
    ["机密★十年", "机 密 ☆", "机密＊", "机密⭐长期", "机密✭1年", "密级：机密", "密级 【机密】"];

/// Texts with nothing of these.
pub const NOTHING: [&str; 8] = [
    "二〇二六年十一月三十日",
    "（2024）鲁1502执1234567号",
    "护照复印件一份，收据20260105",
    "一二三四五六七八九十",
    "机密事项管理办法",
    "商品编号ABC370219900399",
    "密级管理制度，机密以下的按规定办理",
    "SOLID-BOOLEAN-LIBS-2024",
];
