//! Court texts without a number of a person: everything else that a court numbers, dates and counts.

use crate::random::Random;

/// Text number `n` of a seed.
pub fn benign(seed: u64, n: u64) -> String {
    let mut random = Random::new(seed, n.wrapping_mul(2).wrapping_add(1));
    let mut text = String::new();
    for at in 0..2 + random.below(4) {
        if at > 0 {
            text.push_str(random.pick(&["，", "。", "；", "\n", " ", "、"]));
        }
        let phrase = phrase(&mut random);
        text.push_str(&phrase);
    }
    text
}

fn phrase(random: &mut Random) -> String {
    match random.below(8) {
        0 => case_number(random),
        1 => amount(random),
        2 => date(random),
        3 => telephone(random),
        4 => notice(random),
        5 => statute(random),
        6 => certificate(random),
        _ => quantity(random),
    }
}

fn digits(random: &mut Random, n: u32) -> String {
    format!("{:0w$}", random.below(10_u64.pow(n)), w = n as usize)
}

fn year(random: &mut Random) -> u64 {
    2004 + random.below(23)
}

fn case_number(random: &mut Random) -> String {
    let (year, n) = (year(random), 1 + random.below(20_000));
    match random.below(7) {
        0 => format!("（{year}）鲁1502执{n}号"),
        1 => format!("({year})鲁15执恢{n}号之一"),
        2 => format!("（{year}）最高法执监{n}号"),
        3 => format!("[{year}]东执字第{n:05}号"),
        4 => format!("（{year}）聊东法民初字第{n}-{}号", 1 + random.below(9)),
        5 => format!("（{year}）鲁1502民初{n}号民事判决书、（{year}）鲁15民终{}号", n + 7),
        _ => format!("（{year}） 鲁 1502 执 {n} 号"),
    }
}

fn amount(random: &mut Random) -> String {
    let size = 1 + random.below(10) as u32;
    let (yuan, fen) = (random.below(10_u64.pow(size)), random.below(100));
    let grouped = |mark: &str| {
        let text = yuan.to_string();
        let groups: Vec<_> =
            text.as_bytes().rchunks(3).rev().map(|g| String::from_utf8_lossy(g).into_owned()).collect();
        groups.join(mark)
    };
    match random.below(8) {
        0 => format!("{yuan}.{fen:02}元"),
        1 => format!("人民币{}.{fen:02}元", grouped(",")),
        2 => format!("￥{}.{fen:02}", grouped(" ")),
        3 => format!("{}.{}万元", yuan / 10_000, random.below(10)),
        4 => format!("起拍价：{yuan}元，保证金：{}元，加价幅度：{}元", yuan / 10, yuan / 100),
        5 => format!("{yuan} 元"),
        6 => format!("本金{yuan}.{fen:02}元及利息（年利率{}.{}%）", random.below(20), random.below(100)),
        _ => format!("RMB{yuan}.{fen:02}"),
    }
}

fn date(random: &mut Random) -> String {
    let (y, m, d) = (year(random), 1 + random.below(12), 1 + random.below(28));
    let (hour, minute) = (random.below(24), random.below(60));
    match random.below(8) {
        0 => format!("{y}年{m}月{d}日"),
        1 => format!("{y}-{m:02}-{d:02}"),
        2 => format!("{y}/{m}/{d} {hour:02}:{minute:02}"),
        3 => format!("{y}{m:02}{d:02}"),
        4 => format!("{y}.{m:02}.{d:02}—{y}.{m:02}.{:02}", d + 1),
        5 => format!("{y}-{m:02}-{d:02} {hour:02}:{minute:02}:00"),
        6 => format!("{y}年{m}月{d}日{hour}时起至{y}年{m}月{}日{hour}时止（延时的除外）", d + 1),
        _ => format!("{y}-{m:02}-{d:02}至{}-{m:02}-{d:02}", y + 1),
    }
}

fn telephone(random: &mut Random) -> String {
    let (number, more) = (digits(random, 6), random.below(10));
    match random.below(8) {
        0 => format!("咨询电话0635-8{number}"),
        1 => format!("(0635)8{number}"),
        2 => format!("0635-8{number}转80{more:02}"),
        3 => format!("010-67{number}"),
        4 => format!("400-8{}-{}", &number[..2], &digits(random, 4)),
        5 => "监督电话：12368".to_owned(),
        6 => format!("0635 8{number}/8{}", digits(random, 6)),
        _ => format!("+86-635-8{number}"),
    }
}

fn notice(random: &mut Random) -> String {
    let (year, n) = (year(random), 1 + random.below(2000));
    match random.below(8) {
        0 => format!("聊东法公告〔{year}〕第{n}号"),
        1 => format!("GG-{year}-{n:06}"),
        2 => format!("公告编号：{year}{:02}{:02}{:03}", 1 + random.below(12), 1 + random.below(28), n % 1000),
        3 => format!("拍卖标的编号 {year}-{:04}-{:04}", random.below(1300), n),
        4 => format!("https://sf.taobao.com/sf_item/7{}.htm", digits(random, 11)),
        5 => format!("挂号信XA{}37", digits(random, 9)),
        6 => format!("EMS 10{}", digits(random, 11)),
        _ => format!("收据No.{}", digits(random, 8)),
    }
}

fn statute(random: &mut Random) -> String {
    let (year, n) = (year(random), 1 + random.below(300));
    match random.below(5) {
        0 => format!("《中华人民共和国民事诉讼法》第{n}条第{}款", 1 + random.below(5)),
        1 => format!("法释〔{year}〕{}号", 1 + random.below(30)),
        2 => "法发〔2014〕18号".to_owned(),
        3 => "第二百五十三条、第二百五十四条".to_owned(),
        _ => format!("GB/T {}-{year}", 10_000 + random.below(30_000)),
    }
}

fn certificate(random: &mut Random) -> String {
    let year = year(random);
    match random.below(9) {
        0 => format!("鲁（{year}）聊城市不动产权第{}号", digits(random, 7)),
        1 => format!("聊房权证东字第{}号", digits(random, 10)),
        2 => format!("聊国用({year})第{}号", digits(random, 4)),
        3 => format!("鲁P{}", digits(random, 5)),
        4 => format!("车架号LSVAA4182E2{}", digits(random, 6)),
        5 => format!("专利号ZL{year}1{}.{}", digits(random, 7), random.below(10)),
        6 => format!("商标注册号第{}号", digits(random, 8)),
        // Accounts into which auction deposits are paid.
        7 => format!("账号：3705018668010{}", digits(random, 7)),
        _ => format!("账号15870101040{}", digits(random, 6)),
    }
}

fn quantity(random: &mut Random) -> String {
    match random.below(8) {
        0 => format!("建筑面积{}.{:02}平方米", random.below(2000), random.below(100)),
        1 => format!("{}㎡", random.below(20_000)),
        2 => format!("共{}件", random.below(1000)),
        3 => format!("{}号楼{}单元{}室", 1 + random.below(50), 1 + random.below(6), 101 + random.below(2500)),
        4 => format!("邮编252{:03}", random.below(1000)),
        5 => format!("东经11{}.{}，北纬36.{}", random.below(10), digits(random, 6), digits(random, 6)),
        6 => format!("行驶里程{}公里", random.below(400_000)),
        _ => format!("①查封{}套；②冻结{}个账户", random.below(20), random.below(20)),
    }
}
