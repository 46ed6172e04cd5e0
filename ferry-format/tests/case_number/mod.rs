//! Case numbers: every style that courts have used, in every way people type it.

use ferry_format::reason::ReasonCode;
use ferry_format::record::case_number::{CaseNumber, Style};
use proptest::prelude::*;

fn canonical(raw: &str) -> String {
    CaseNumber::parse(raw).unwrap_or_else(|e| panic!("{raw}: {e}")).to_string()
}

#[test]
fn each_style_is_parsed_into_its_parts() {
    let n = CaseNumber::parse("（2019）最高法知民终1号").unwrap();
    assert_eq!((n.court.as_str(), n.special, n.case_type.as_str(), n.number), ("最高法", Some('知'), "民终", 1));
    let n = CaseNumber::parse("（2024）鲁1502执恢3456号").unwrap();
    assert_eq!((n.year, n.style, n.court.as_str(), n.case_type.as_str()), (2024, Style::Since2016, "鲁1502", "执恢"));
    let n = CaseNumber::parse("（2012）东执字第253号").unwrap();
    assert_eq!((n.style, n.court.as_str(), n.case_type.as_str(), n.number), (Style::Old, "东", "执", 253));
    let n = CaseNumber::parse("（2014）执字第123号").unwrap();
    assert_eq!((n.court.as_str(), n.case_type.as_str()), ("", "执"));
    let n = CaseNumber::parse("（2015）聊东民初字第7-2号").unwrap();
    assert_eq!((n.court.as_str(), n.case_type.as_str(), n.part), ("聊东", "民初", Some(2)));
}

#[test]
fn brackets_widths_and_spaces_give_one_canonical_form() {
    for raw in [
        "（2024）鲁1502执12号",
        "(2024)鲁1502执12号",
        "〔２０２４〕鲁１５０２执１２号",
        " [2024] 鲁 1502 执 0012 号\t",
        "【2024】鲁1502执12号",
    ] {
        assert_eq!(canonical(raw), "（2024）鲁1502执12号", "{raw}");
    }
    assert_eq!(canonical("(2014)东执字 第 123 号 之 一"), "（2014）东执字第123号之一");
    assert_eq!(canonical("（2014）东执字第123—1号"), "（2014）东执字第123号之一");
    assert_eq!(canonical("（2020）鲁1502执12号之二十三"), "（2020）鲁1502执12号之二十三");
}

#[test]
fn a_malformed_case_number_is_rejected_with_the_wrong_part() {
    for (raw, why) in [
        ("2024鲁1502执12号", ReasonCode::CaseNumberNoYear),
        ("（2024鲁1502执12号", ReasonCode::CaseNumberYearOpen),
        ("（24）鲁1502执12号", ReasonCode::CaseNumberYearDigits),
        ("（1024）鲁1502执12号", ReasonCode::CaseNumberYearBounds),
        ("（2024）鲁1502执12", ReasonCode::CaseNumberEnd),
        ("（2024）鲁1502执号", ReasonCode::CaseNumberRunning),
        ("（2024）鲁1502执0号", ReasonCode::CaseNumberZero),
        ("（2024）鲁1502执123456789号", ReasonCode::CaseNumberRunning),
        ("（2024）鲁150执12号", ReasonCode::CaseNumberCourtDigits),
        ("（2024）火星02执12号", ReasonCode::CaseNumberCourt),
        ("（2024）鲁1502号", ReasonCode::CaseNumberType),
        ("（2024）鲁1502enf12号", ReasonCode::CaseNumberType),
        ("（2017）最高法知民终1号", ReasonCode::CaseNumberSpecial),
        ("（2024）东执字第12号", ReasonCode::CaseNumberOldStyle),
        ("（2014）鲁1502执12号", ReasonCode::CaseNumberNewStyle),
        ("（2024）鲁1502执12号之〇", ReasonCode::CaseNumberPart),
        ("（2024）鲁1502执23-25号", ReasonCode::CaseNumberSeveral),
        ("（2024）鲁1502执1234-35号", ReasonCode::CaseNumberSeveral),
        ("（2024）鲁1502执198-99号", ReasonCode::CaseNumberSeveral),
        ("（2024）鲁1502执3 5号", ReasonCode::CaseNumberSeveral),
        ("（2024）鲁1502执3、5号", ReasonCode::CaseNumberSeveral),
    ] {
        assert_eq!(CaseNumber::parse(raw), Err(why), "{raw}");
    }
}

#[test]
fn an_unknown_type_code_passes_with_a_warning() {
    assert_eq!(CaseNumber::parse("（2024）鲁1502执12号").unwrap().warning(), None);
    assert!(CaseNumber::parse("（2024）鲁1502新类12号").unwrap().warning().is_some());
}

fn number() -> impl Strategy<Value = String> {
    let court = prop_oneof![Just("最高法".to_owned()), "[京津沪鲁新兵]([0-9]{2}|[0-9]{4})?"];
    let since = (2016..2100_u16, court, "(民初|执|执恢|执保|行审复|新类)", 1..99_999_999_u32);
    let old = (1949..2016_u16, "[东聊商]{0,3}", "(民初|执|执异|特)", 1..99_999_999_u32);
    let part = proptest::option::of(1..100_u8);
    let written = prop_oneof![
        since.prop_map(|(y, c, t, n)| format!("({y}){c}{t}{n}号")),
        old.prop_map(|(y, c, t, n)| format!("({y}){c}{t}字第{n}号")),
    ];
    (written, part).prop_map(|(text, part)| part.map_or(text.clone(), |p| format!("{text}之{p}")))
}

proptest! {
    #[test]
    fn the_canonical_form_of_a_number_is_a_fixed_point(raw in number()) {
        let read = CaseNumber::parse(&raw).unwrap();
        let again = CaseNumber::parse(&read.to_string()).unwrap();
        prop_assert_eq!(&again, &read);
        let wide: String = raw.chars().map(|c| match c {
            '0'..='9' | '(' | ')' => char::from_u32(c as u32 + 0xfee0).unwrap(),
            _ => c,
        }).collect();
        prop_assert_eq!(CaseNumber::parse(&wide).unwrap(), read);
    }

    #[test]
    fn no_text_makes_the_reader_fail_and_what_it_reads_it_reads_again(raw in "\\PC{0,40}|[（(]20[0-9]{2}[）)][鲁执字第0-9号之一]{0,12}") {
        if let Ok(read) = CaseNumber::parse(&raw) {
            prop_assert_eq!(CaseNumber::parse(&read.to_string()).unwrap(), read);
        }
    }
}
