//! Every place of a document in which a number or a mark was ever found, and none of them reaches a visitor.

use crate::support::unscreened::{UnscreenedRecord, send_unscreened};
use ferry_testkit::made_package::MadePackage;
use ferry_testkit::made_pdf::{BENIGN, CATALOG, FONT, MadePdf, PAGE, text_at, utf16};
use ferry_testkit::stage::Court;
use std::collections::BTreeSet;

/// Of a resident, of a resident of Taiwan, and of a bank.
const NUMBERS: [&str; 3] = ["371502199003071230", "830000199201300022", "6222021234567890128"];

type Place = (&'static str, fn(&str) -> Vec<u8>);

/// A page with more operators after its line, and more in its resources.
fn drawn(resources: &str, operators: &str) -> MadePdf {
    let mut pdf = MadePdf::new();
    pdf.resources(resources);
    pdf.content(&(text_at(72, 720, BENIGN) + operators));
    pdf
}

/// With an annotation on its page.
fn annotated(entries: &str) -> Vec<u8> {
    let mut pdf = MadePdf::new();
    let note = pdf.add(&format!("<</Type/Annot/Rect[72 600 300 640]{entries}>>"));
    pdf.extend(PAGE, &format!("/Annots[{note} 0 R]"));
    pdf.bytes()
}

fn catalog(entries: &str) -> Vec<u8> {
    let mut pdf = MadePdf::new();
    pdf.extend(CATALOG, entries);
    pdf.bytes()
}

fn info(entries: &str) -> Vec<u8> {
    let mut pdf = MadePdf::new();
    let info = pdf.add(&format!("<<{entries}>>"));
    pdf.trailer(&format!("/Info {info} 0 R"));
    pdf.bytes()
}

/// A font whose codes stand for no known characters.
fn nameless_font(subtype: &str, descendant: &str) -> impl Fn(&str) -> Vec<u8> {
    let (subtype, descendant) = (subtype.to_owned(), descendant.to_owned());
    move |number| {
        let mut pdf = MadePdf::new();
        let font = pdf.add(&format!("<</Type/Font/Subtype/{subtype}/BaseFont/Nameless{descendant}>>"));
        pdf.resources(&format!("/XFont<</F2 {font} 0 R>>"));
        let codes: String = number.bytes().map(|b| format!("{:04X}", u32::from(b - b'0') + 3)).collect();
        pdf.set(PAGE, &format!("<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents 4 0 R/Resources<</Font<</F1 5 0 R/F2 {font} 0 R>>>>>>"));
        pdf.content(&(text_at(72, 720, BENIGN) + &format!("BT /F2 12 Tf 72 600 Td <{codes}> Tj ET")));
        pdf.bytes()
    }
}

/// A font of drawings without names that say anything.
fn type3(number: &str) -> Vec<u8> {
    let mut pdf = MadePdf::new();
    let glyph = pdf.add_stream("", b"1000 0 0 0 750 750 d1 0 0 750 750 re f");
    let glyphs: String = (0..10).map(|n| format!("/x{n} {glyph} 0 R")).collect();
    let names: String = (0..10).map(|n| format!("/x{n}")).collect();
    let font = pdf.add(&format!(
        "<</Type/Font/Subtype/Type3/FontBBox[0 0 750 750]/FontMatrix[.001 0 0 .001 0 0]/CharProcs<<{glyphs}>>\
         /Encoding<</Differences[65 {names}]>>/FirstChar 65/LastChar 74/Widths[{}]>>",
        "1000 ".repeat(10)
    ));
    pdf.set(PAGE, &format!("<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents 4 0 R/Resources<</Font<</F1 5 0 R/F3 {font} 0 R>>>>>>"));
    let codes: String = number.bytes().map(|b| char::from(b - b'0' + b'A')).collect();
    pdf.content(&(text_at(72, 720, BENIGN) + &format!("BT /F3 12 Tf 72 600 Td ({codes}) Tj ET")));
    pdf.bytes()
}

/// A picture, with more or less of the page.
fn image(matrix: &str, more: &str) -> Vec<u8> {
    let mut pdf = drawn("", "");
    let picture = pdf.add_stream(
        "/Type/XObject/Subtype/Image/Width 64/Height 8/ColorSpace/DeviceGray/BitsPerComponent 8",
        &[0x55; 512],
    );
    pdf.resources(&format!("/XObject<</I1 {picture} 0 R>>"));
    pdf.content(&format!("{more}q {matrix} cm /I1 Do Q\n"));
    pdf.bytes()
}

/// Digits as curves.
fn outlines(operator: &str, digits: usize) -> Vec<u8> {
    let digit = |n: usize| {
        let x = 72 + 8 * n;
        format!("{x} 600 m {} 612 {} 612 {x} 606 c {} 603 l {x} 600 l {operator}\n", x + 2, x + 6, x + 6)
    };
    drawn("", &(0..digits).map(digit).collect::<String>()).bytes()
}

fn with_form(number: &str, matrix: &str) -> Vec<u8> {
    let mut pdf = MadePdf::new();
    let form = pdf.add_stream(
        &format!("/Type/XObject/Subtype/Form/BBox[0 0 400 100]{matrix}/Resources<</Font<</F1 5 0 R>>>>"),
        text_at(10, 10, number).as_bytes(),
    );
    pdf.resources(&format!("/XObject<</X1 {form} 0 R>>"));
    pdf.content(&(text_at(72, 720, BENIGN) + "/X1 Do\n"));
    pdf.bytes()
}

/// A layer, shown or not.
fn layered(number: &str, shown: &str) -> Vec<u8> {
    let mut pdf = MadePdf::new();
    let layer = pdf.add("<</Type/OCG/Name(L)>>");
    pdf.extend(
        CATALOG,
        &format!("/OCProperties<</OCGs[{layer} 0 R]/D<<{}>>>>", shown.replace('?', &layer.to_string())),
    );
    pdf.resources(&format!("/Properties<</L1 {layer} 0 R>>"));
    pdf.content(&(text_at(72, 720, BENIGN) + &format!("/OC /L1 BDC {} EMC\n", text_at(72, 600, number))));
    pdf.bytes()
}

fn embedded(number: &str) -> (MadePdf, usize) {
    let mut pdf = MadePdf::new();
    let file = pdf.add_stream("/Type/EmbeddedFile", number.as_bytes());
    let names = pdf.add(&format!("<</Type/Filespec/F(a.txt)/EF<</F {file} 0 R>>>>"));
    (pdf, names)
}

const PLACES: [Place; 58] = [
    ("the page", |n| drawn("", &text_at(72, 600, n)).bytes()),
    ("the page, digit by digit", |n| {
        let digits = n.chars().enumerate().map(|(i, c)| text_at(72 + 9 * i as i32, 600, &c.to_string()));
        drawn("", &digits.collect::<String>()).bytes()
    }),
    ("the page, digit by digit from the end", |n| {
        let digits = (0..n.len()).map(|i| text_at(72 + 9 * i as i32, 600, &n[i..=i]));
        drawn("", &digits.rev().collect::<String>()).bytes()
    }),
    ("white text", |n| drawn("", &format!("1 1 1 rg {}", text_at(72, 600, n))).bytes()),
    ("invisible text", |n| drawn("", &format!("3 Tr {}", text_at(72, 600, n))).bytes()),
    ("clipping text", |n| drawn("", &format!("q 7 Tr {} Q", text_at(72, 600, n))).bytes()),
    ("tiny text", |n| drawn("", &format!("BT /F1 0.4 Tf 72 600 Td ({n}) Tj ET")).bytes()),
    ("text outside the page", |n| drawn("", &text_at(72, -300, n)).bytes()),
    ("text outside the crop box", |n| {
        let mut pdf = drawn("", &text_at(72, 100, n));
        pdf.extend(PAGE, "/CropBox[0 600 612 792]");
        pdf.bytes()
    }),
    ("rotated text", |n| drawn("", &format!("BT /F1 12 Tf 0 1 -1 0 300 200 Tm ({n}) Tj ET")).bytes()),
    ("text with wide spacing", |n| drawn("", &format!("BT /F1 12 Tf 9 Tc 72 600 Td ({n}) Tj ET")).bytes()),
    ("text in pieces", |n| {
        let (a, b) = n.split_at(9);
        drawn("", &format!("BT /F1 12 Tf 72 600 Td [({a}) -20 ({b})] TJ ET")).bytes()
    }),
    ("a form within the page", |n| with_form(n, "")),
    ("a scaled form", |n| with_form(n, "/Matrix[.1 0 0 .1 50 50]")),
    ("a pattern", |n| {
        let mut pdf = MadePdf::new();
        let pattern = pdf.add_stream(
            "/Type/Pattern/PatternType 1/PaintType 1/TilingType 1/BBox[0 0 300 40]/XStep 300/YStep 40\
             /Resources<</Font<</F1 5 0 R>>>>",
            text_at(5, 10, n).as_bytes(),
        );
        pdf.resources(&format!("/Pattern<</P1 {pattern} 0 R>>"));
        pdf.content(&(text_at(72, 720, BENIGN) + "/Pattern cs /P1 scn 72 500 300 40 re f\n"));
        pdf.bytes()
    }),
    ("a soft mask", |n| {
        let mut pdf = MadePdf::new();
        let group = pdf.add_stream(
            "/Type/XObject/Subtype/Form/BBox[0 0 612 792]/Group<</S/Transparency/CS/DeviceGray>>\
             /Resources<</Font<</F1 5 0 R>>>>",
            format!("1 g {}", text_at(72, 600, n)).as_bytes(),
        );
        pdf.resources(&format!("/ExtGState<</G1 <</Type/ExtGState/SMask<</Type/Mask/S/Luminosity/G {group} 0 R>>>>>>"));
        pdf.content(&(text_at(72, 720, BENIGN) + "/G1 gs 0 0 612 700 re f\n"));
        pdf.bytes()
    }),
    ("the text that is read aloud", |n| {
        drawn("", &format!("/Span <</ActualText({n})>> BDC {} EMC", text_at(72, 600, "X"))).bytes()
    }),
    ("an alternate text in the structure", |n| {
        catalog(&format!("/StructTreeRoot<</Type/StructTreeRoot/K<</S/Figure/Alt({n})>>>>"))
    }),
    ("a shown layer", |n| layered(n, "/ON[? 0 R]")),
    ("a hidden layer", |n| layered(n, "/OFF[? 0 R]")),
    ("a layer that is off by default", |n| layered(n, "/BaseState/OFF")),
    ("a layer's name", |n| catalog(&format!("/OCProperties<</OCGs[]/D<</Name({n})>>>>"))),
    ("a font without characters", |n| {
        nameless_font(
            "Type0",
            "/Encoding/Identity-H/DescendantFonts[<</Type/Font/Subtype/CIDFontType2/BaseFont/N\
             /CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>>>]",
        )(n)
    }),
    ("a font of drawings", type3),
    ("a picture", |_| image("400 0 0 50 72 500", &text_at(72, 720, BENIGN))),
    ("a picture with a page number", |_| image("612 0 0 792 0 0", &text_at(300, 20, "- 1 -"))),
    ("a picture under a header", |_| {
        image("612 0 0 792 0 0", &(text_at(60, 770, &BENIGN.repeat(2)) + &text_at(60, 755, &BENIGN.repeat(2))))
    }),
    ("a narrow picture over text", |_| image("160 0 0 14 72 716", &text_at(72, 720, BENIGN))),
    ("many small pictures", |_| {
        let strip: String = (0..20).map(|n| format!("q 20 0 0 20 {} 500 cm /I1 Do Q\n", 72 + 20 * n)).collect();
        image("1 0 0 1 0 0", &(text_at(72, 720, BENIGN) + &strip))
    }),
    ("filled outlines", |n| outlines("f", n.len())),
    ("stroked outlines", |n| outlines("S", n.len())),
    ("outlines that clip", |n| outlines("W n", n.len())),
    ("a note", |n| annotated(&format!("/Subtype/Text/Contents({n})"))),
    ("a note in UTF-16", |n| annotated(&format!("/Subtype/Text/Contents{}", utf16(&format!("身份证{n}"))))),
    ("a comment on the page", |n| annotated(&format!("/Subtype/FreeText/DA(/F1 12 Tf)/Contents({n})"))),
    ("the subject of a stamp", |n| annotated(&format!("/Subtype/Stamp/Subj({n})"))),
    ("a link", |n| annotated(&format!("/Subtype/Link/A<</S/URI/URI(https://example.org/?id={n})>>"))),
    ("the rich text of a note", |n| annotated(&format!("/Subtype/Text/RC(<body><p>{n}</p></body>)"))),
    ("a hidden note's appearance", |n| {
        let mut pdf = MadePdf::new();
        let shown = pdf
            .add_stream("/Subtype/Form/BBox[0 0 300 40]/Resources<</Font<</F1 5 0 R>>>>", text_at(5, 10, n).as_bytes());
        let note = pdf.add(&format!("<</Type/Annot/Subtype/Stamp/F 2/Rect[72 600 372 640]/AP<</N {shown} 0 R>>>>"));
        pdf.extend(PAGE, &format!("/Annots[{note} 0 R]"));
        pdf.bytes()
    }),
    ("a form field", |n| catalog(&format!("/AcroForm<</Fields[<</FT/Tx/T(a)/V({n})>>]>>"))),
    ("a form field's default", |n| catalog(&format!("/AcroForm<</Fields[<</FT/Tx/T(a)/DV({n})>>]>>"))),
    ("a form field's choices", |n| catalog(&format!("/AcroForm<</Fields[<</FT/Ch/T(a)/Opt[({n})(b)]>>]>>"))),
    ("a form field's tip", |n| catalog(&format!("/AcroForm<</Fields[<</FT/Tx/T(a)/TU({n})>>]>>"))),
    ("a form in XML", |n| {
        let mut pdf = MadePdf::new();
        let xfa = pdf.add_stream("", format!("<xdp:xdp><field>{n}</field></xdp:xdp>").as_bytes());
        pdf.extend(CATALOG, &format!("/AcroForm<</XFA {xfa} 0 R/Fields[]>>"));
        pdf.bytes()
    }),
    ("a bookmark", |n| {
        let mut pdf = MadePdf::new();
        let item = pdf.add(&format!("<</Title({n})/Parent 7 0 R>>"));
        let root = pdf.add(&format!("<</Type/Outlines/First {item} 0 R/Last {item} 0 R/Count 1>>"));
        pdf.extend(CATALOG, &format!("/Outlines {root} 0 R"));
        pdf.bytes()
    }),
    ("the title", |n| info(&format!("/Title({n})"))),
    ("the title in UTF-16", |n| info(&format!("/Title{}", utf16(n)))),
    ("the keywords", |n| info(&format!("/Keywords(a, {n}, b)"))),
    ("a word of the document's own", |n| info(&format!("/SFZH({n})"))),
    ("metadata", |n| {
        let mut pdf = MadePdf::new();
        let xml = pdf.add_stream(
            "/Type/Metadata/Subtype/XML",
            format!("<x:xmpmeta><dc:title>{n}</dc:title></x:xmpmeta>").as_bytes(),
        );
        pdf.extend(CATALOG, &format!("/Metadata {xml} 0 R"));
        pdf.bytes()
    }),
    ("a page label", |n| catalog(&format!("/PageLabels<</Nums[0<</S/D/P({n})>>]>>"))),
    ("a signature's reason", |n| {
        catalog(&format!("/AcroForm<</Fields[<</FT/Sig/T(s)/V<</Type/Sig/Reason({n})>>>>]>>"))
    }),
    ("a script", |n| catalog(&format!("/OpenAction<</S/JavaScript/JS(app.alert\\('{n}'\\))>>"))),
    ("an attachment", |n| {
        let (mut pdf, names) = embedded(n);
        pdf.extend(CATALOG, &format!("/Names<</EmbeddedFiles<</Names[(a) {names} 0 R]>>>>"));
        pdf.bytes()
    }),
    ("an attachment on the page", |n| {
        let (mut pdf, names) = embedded(n);
        let note = pdf.add(&format!("<</Type/Annot/Subtype/FileAttachment/Rect[72 600 90 618]/FS {names} 0 R>>"));
        pdf.extend(PAGE, &format!("/Annots[{note} 0 R]"));
        pdf.bytes()
    }),
    ("an earlier revision", |n| {
        let earlier = drawn("", &text_at(72, 600, n));
        earlier.revised(&MadePdf::new(), &[4])
    }),
    ("a page that was taken out", |n| {
        let mut pdf = MadePdf::new();
        let content = pdf.add_stream("", text_at(72, 600, n).as_bytes());
        pdf.add(&format!(
            "<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents {content} 0 R/Resources<</Font<</F1 5 0 R>>>>>>"
        ));
        pdf.bytes()
    }),
    ("bytes after the end", |n| [MadePdf::new().bytes(), n.as_bytes().to_vec()].concat()),
];

/// A glyph whose drawing is text of another font.
fn type3_of_text(number: &str) -> Vec<u8> {
    let mut pdf = MadePdf::new();
    let glyph = pdf.add_stream("", format!("9000 0 d0 BT /F1 900 Tf ({number}) Tj ET").as_bytes());
    let map = pdf.add_stream(
        "",
        b"/CIDInit /ProcSet findresource begin begincmap 1 begincodespacerange <00> <FF> \
        endcodespacerange 1 beginbfchar <41> <0061> endbfchar endcmap",
    );
    let font = pdf.add(&format!(
        "<</Type/Font/Subtype/Type3/FontBBox[0 0 9000 900]/FontMatrix[.001 0 0 .001 0 0]/CharProcs<</a {glyph} 0 R>>\
         /Encoding<</Differences[65/a]>>/FirstChar 65/LastChar 65/Widths[9000]/ToUnicode {map} 0 R\
         /Resources<</Font<</F1 5 0 R>>>>>>"
    ));
    pdf.set(PAGE, &format!("<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents 4 0 R/Resources<</Font<</F1 5 0 R/F3 {font} 0 R>>>>>>"));
    pdf.content(&(text_at(72, 720, BENIGN) + "BT /F3 12 Tf 72 600 Td (A) Tj ET"));
    pdf.bytes()
}

/// Digits with an invisible letter after each.
fn interleaved(number: &str) -> Vec<u8> {
    let digits = number.chars().enumerate().map(|(n, digit)| {
        let x = 72 + 9 * n as i32;
        format!("0 Tr {} 3 Tr {} 0 Tr ", text_at(x, 600, &digit.to_string()), text_at(x + 2, 600, "K"))
    });
    drawn("", &digits.collect::<String>()).bytes()
}

/// A layer that is shown where another is hidden.
fn inverse_layer(number: &str) -> Vec<u8> {
    let mut pdf = MadePdf::new();
    let layer = pdf.add("<</Type/OCG/Name(L)>>");
    let members = pdf.add(&format!("<</Type/OCMD/OCGs {layer} 0 R/P/AllOff>>"));
    pdf.extend(CATALOG, &format!("/OCProperties<</OCGs[{layer} 0 R]/D<<>>>>"));
    pdf.resources(&format!("/Properties<</L1 {members} 0 R>>"));
    pdf.content(&(text_at(72, 720, BENIGN) + &format!("/OC /L1 BDC {} EMC\n", text_at(72, 600, number))));
    pdf.bytes()
}

/// What a reading of the reader by others found.
const FOUND_BY_READING: [Place; 13] = [
    ("the drawing of a glyph", type3_of_text),
    ("between invisible letters", interleaved),
    ("an inverse layer", inverse_layer),
    ("a rollover appearance", |n| {
        let mut pdf = MadePdf::new();
        let form = |text: &str| text_at(5, 10, text);
        let entries = "/Subtype/Form/BBox[0 0 300 40]/Resources<</Font<</F1 5 0 R>>>>";
        let (normal, over) =
            (pdf.add_stream(entries, form("a").as_bytes()), pdf.add_stream(entries, form(n).as_bytes()));
        let note =
            pdf.add(&format!("<</Type/Annot/Subtype/Stamp/Rect[72 600 372 640]/AP<</N {normal} 0 R/R {over} 0 R>>>>"));
        pdf.extend(PAGE, &format!("/Annots[{note} 0 R]"));
        pdf.bytes()
    }),
    ("a false date", |n| annotated(&format!("/Subtype/Text/Contents(D:{n})"))),
    ("a binary key", |n| info(&format!("/Digest({n})"))),
    ("a note that says it is a signature", |n| annotated(&format!("/Subtype/Text/ByteRange[]/Contents({n})"))),
    ("a name", |n| catalog(&format!("/PieceInfo<</{n} 1>>"))),
    ("an integer", |n| catalog(&format!("/PieceInfo<</A<</B {n}>>>>"))),
    ("information in the trailer", |n| {
        let mut pdf = MadePdf::new();
        pdf.trailer(&format!("/Info<</Title({n})>>"));
        pdf.bytes()
    }),
    ("tags between digits", |n| {
        annotated(&format!("/Subtype/Text/RC(<body><p>{}<b>{}</b></p></body>)", &n[..9], &n[9..]))
    }),
    ("references in metadata", |n| {
        let mut pdf = MadePdf::new();
        let codes: String = n.bytes().map(|byte| format!("&#{byte};")).collect();
        let xml = pdf.add_stream("/Type/Metadata/Subtype/XML", format!("<x><t>{codes}</t></x>").as_bytes());
        pdf.extend(CATALOG, &format!("/Metadata {xml} 0 R"));
        pdf.bytes()
    }),
    ("a field's value in a stream", |n| {
        let mut pdf = MadePdf::new();
        let value = pdf.add_stream("", n.as_bytes());
        pdf.extend(CATALOG, &format!("/AcroForm<</Fields[<</FT/Tx/T(a)/V {value} 0 R>>]>>"));
        pdf.bytes()
    }),
];

/// OFD and Word documents, with a number in each place where they have one.
fn packages() -> Vec<(&'static str, &'static str, Vec<u8>)> {
    [ofd_packages(), word_packages()].concat()
}

fn with(mut package: MadePackage, name: &str, bytes: &str) -> Vec<u8> {
    package.add(name, bytes.as_bytes());
    package.bytes()
}

fn ofd_packages() -> Vec<(&'static str, &'static str, Vec<u8>)> {
    let number = NUMBERS[0];
    let (a, b) = number.split_at(7);
    let text = MadePackage::ofd_text("公开指南");
    let ofd = |objects: &str| MadePackage::ofd(&format!("{text}{objects}"));
    let path = "<ofd:PathObject Boundary=\"20 40 6 8\"><ofd:AbbreviatedData>M 0 0 B 1 1 2 2 3 3 C</ofd:AbbreviatedData></ofd:PathObject>";
    vec![
        ("ofd", "text of OFD", ofd(&MadePackage::ofd_text(number)).bytes()),
        ("ofd", "text of OFD in pieces", {
            let codes = format!(
                "<ofd:TextObject><ofd:TextCode>{a}</ofd:TextCode><ofd:TextCode>{b}</ofd:TextCode></ofd:TextObject>"
            );
            ofd(&codes).bytes()
        }),
        (
            "ofd",
            "a template of OFD",
            with(
                ofd(""),
                "Doc_0/Tpls/Tpl_0/Content.xml",
                &format!("<Page>{}</Page>", MadePackage::ofd_text(number).replace("ofd:", "")),
            ),
        ),
        (
            "ofd",
            "an annotation of OFD",
            with(
                ofd(""),
                "Doc_0/Annots/Page_0/Annot.xml",
                &format!("<PageAnnot><Annot><Remark>{number}</Remark></Annot></PageAnnot>"),
            ),
        ),
        ("ofd", "metadata of OFD", with(ofd(""), "Doc_0/CustomData.xml", &format!("<D Value=\"{number}\"/>"))),
        ("ofd", "an attachment of OFD", with(ofd(""), "Doc_0/Attachs/list.txt", number)),
        ("ofd", "a picture of OFD", ofd("<ofd:ImageObject Boundary=\"20 40 100 20\" ResourceID=\"9\"/>").bytes()),
        ("ofd", "tiles of OFD", ofd(&"<ofd:ImageObject Boundary=\"20 40 9 9\" ResourceID=\"9\"/>".repeat(12)).bytes()),
        (
            "ofd",
            "a picture of no size of OFD",
            ofd("<ofd:ImageObject Boundary=\"0 0 nan nan\" ResourceID=\"9\"/>").bytes(),
        ),
        ("ofd", "outlines of OFD", ofd(&path.repeat(18)).bytes()),
        ("ofd", "a comment of OFD", ofd(&format!("<!-- {number} -->")).bytes()),
        ("ofd", "a name in OFD", with(ofd(""), &format!("Doc_0/Res/{number}.png"), "")),
        ("ofd", "bytes after OFD", [ofd("").bytes(), number.as_bytes().to_vec()].concat()),
        (
            "ofd",
            "entities of OFD",
            with(ofd(""), "Doc_0/x.xml", "<!DOCTYPE a [<!ENTITY b \"371502199003071230\">]><a>&b;</a>"),
        ),
    ]
}

fn word_packages() -> Vec<(&'static str, &'static str, Vec<u8>)> {
    let number = NUMBERS[0];
    let (a, b) = number.split_at(7);
    let docx = |body: &str| MadePackage::docx(&format!("{}{body}", MadePackage::paragraph(&["公开指南"])));
    vec![
        ("docx", "text of Word", docx(&MadePackage::paragraph(&[number])).bytes()),
        ("docx", "text of Word in runs", docx(&MadePackage::paragraph(&[a, b])).bytes()),
        (
            "docx",
            "deleted text of Word",
            docx(&format!("<w:p><w:del><w:r><w:delText>{number}</w:delText></w:r></w:del></w:p>")).bytes(),
        ),
        (
            "docx",
            "hidden text of Word",
            docx(&format!("<w:p><w:r><w:rPr><w:vanish/></w:rPr><w:t>{number}</w:t></w:r></w:p>")).bytes(),
        ),
        ("docx", "a header of Word", with(docx(""), "word/header1.xml", &format!("<h>{number}</h>"))),
        (
            "docx",
            "a comment of Word",
            with(docx(""), "word/comments.xml", &format!("<c><comment>{number}</comment></c>")),
        ),
        (
            "docx",
            "a property of Word",
            with(docx(""), "docProps/core.xml", &format!("<c><creator>{number}</creator></c>")),
        ),
        (
            "docx",
            "a link of Word",
            with(
                docx(""),
                "word/_rels/document.xml.rels",
                &format!("<R><Relationship Target=\"https://example.org/{number}\"/></R>"),
            ),
        ),
        ("docx", "character references of Word", docx(&MadePackage::paragraph(&["&#51;71502199003071230"])).bytes()),
        (
            "docx",
            "a picture of Word",
            docx("<w:p><w:r><w:drawing><a:blip xmlns:a=\"a\"/></w:drawing></w:r></w:p>").bytes(),
        ),
        ("docx", "an object of Word", with(docx(""), "word/embeddings/oleObject1.bin", number)),
        ("docx", "a macro of Word", with(docx(""), "word/vbaProject.bin", number)),
    ]
}

/// Texts of files that are no PDF, in encodings and spellings of people.
fn texts() -> Vec<(&'static str, Vec<u8>)> {
    let gb18030 = |text: &str| encoding_rs::GB18030.encode(text).0.into_owned();
    let utf16 = |text: &str, bytes: fn(u16) -> [u8; 2]| -> Vec<u8> {
        format!("\u{feff}{text}").encode_utf16().flat_map(bytes).collect()
    };
    vec![
        ("a mark in GB18030", gb18030("机密★十年 内部资料")),
        ("a number in GB18030", gb18030("公民身份号码371502199003071230")),
        ("a number in UTF-16", utf16("公民身份号码371502199003071230", u16::to_le_bytes)),
        ("a number in the other UTF-16", utf16("公民身份号码371502199003071230", u16::to_be_bytes)),
        ("a residence permit", "居住证号码830000199201300022".into()),
        ("Devanagari digits", "号码३७१५०२१९९००३०७१२३०".into()),
        ("Thai digits", "号码๓๗๑๕๐๒๑๙๙๐๐๓๐๗๑๒๓๐".into()),
        ("Chinese numerals", "号码三七一五〇二一九九〇〇三〇七一二三〇".into()),
        ("large Chinese numerals", "号码叁柒壹伍零贰壹玖玖零零叁零柒壹贰叁零".into()),
        ("letters for digits", "号码37l5O2l99OO3O7l23O".into()),
        ("a passport", "护照号码：E12345678".into()),
        ("a level with its label", "密级：机密".into()),
        ("a mark with another star", "机密⭐长期".into()),
    ]
}

/// All of them, with a name that can be a key, and what is in them.
fn hidden() -> Vec<(String, &'static str, Vec<u8>, String)> {
    let mut files = Vec::new();
    for (n, number) in NUMBERS.iter().enumerate() {
        for (at, (place, make)) in PLACES.iter().chain(&FOUND_BY_READING).enumerate() {
            files.push((format!("P{n}{at:02}"), "pdf", make(number), format!("{place}: {number}")));
        }
    }
    for (at, (extension, what, bytes)) in packages().into_iter().enumerate() {
        files.push((format!("D{at:02}"), extension, bytes, what.to_owned()));
    }
    for (at, (what, bytes)) in texts().into_iter().enumerate() {
        files.push((format!("T{at:02}"), "txt", bytes, what.to_owned()));
    }
    files
}

fn benign() -> Vec<(String, &'static str, Vec<u8>)> {
    let mut with_bom = b"\xef\xbb\xbf\r\n".to_vec();
    with_bom.extend(MadePdf::new().bytes());
    let mut signed = MadePdf::new();
    signed.set(FONT, "<</Type/Font/Subtype/Type1/BaseFont/Times-Roman>>");
    vec![
        ("B0".into(), "pdf", MadePdf::new().bytes()),
        ("B1".into(), "pdf", with_bom),
        ("B2".into(), "pdf", MadePdf::new().revised(&signed, &[FONT])),
        ("B3".into(), "txt", "公开指南，咨询电话0635-8000100。".into()),
        ("B5".into(), "ofd", MadePackage::ofd(&MadePackage::ofd_text("公开指南")).bytes()),
        ("B6".into(), "docx", MadePackage::docx(&MadePackage::paragraph(&["公开", "指南"])).bytes()),
        ("B4".into(), "txt", encoding_rs::GB18030.encode("公开指南").0.into_owned()),
    ]
}

fn visible(court: &Court) -> BTreeSet<String> {
    let sql = "SELECT id FROM record r WHERE kind = 'guide' AND retracted = 0 AND NOT EXISTS (
                 SELECT 1 FROM hidden h WHERE h.kind = r.kind AND h.id = r.id AND h.version = r.version)";
    let conn = court.database("outer/state/outer.db");
    let mut rows = conn.prepare(sql).unwrap();
    rows.query_map([], |r| r.get(0)).unwrap().map(Result::unwrap).collect()
}

fn names(files: &[(String, &'static str, Vec<u8>)]) -> BTreeSet<String> {
    files.iter().map(|file| file.0.clone()).collect()
}

#[test]
fn no_hidden_number_reaches_a_visitor_and_every_benign_document_does() {
    let court = Court::new(5);
    let conn = court.platform();
    conn.execute_batch("DELETE FROM ZN").unwrap();
    let folder = court.path("documents/corpus");
    std::fs::create_dir_all(&folder).unwrap();
    let hidden = hidden();
    assert!(hidden.len() >= 120, "{}", hidden.len());
    let put = |id: &str, extension: &str, bytes: &[u8]| {
        let name = format!("{id}.{extension}");
        std::fs::write(folder.join(&name), bytes).unwrap();
        let sql = "INSERT INTO ZN(ZNBH, LX, BT, LJ, WJM, FBRQ, GXSJ)
                   VALUES (?1, '1', '公开指南', ?2, ?3, '2026-01-05', '2026-11-30 09:00:00')";
        conn.execute(sql, [id, &format!("corpus/{name}"), &name]).unwrap();
    };
    hidden.iter().for_each(|(id, extension, bytes, _)| put(id, extension, bytes));
    benign().iter().for_each(|(id, extension, bytes)| put(id, extension, bytes));
    court.up();
    let visible = visible(&court);
    let leaked: Vec<&String> = hidden.iter().filter(|file| visible.contains(&file.0)).map(|file| &file.3).collect();
    assert!(leaked.is_empty(), "{} leaked: {leaked:#?}", leaked.len());
    assert_eq!(visible, names(&benign()));
}

#[test]
fn the_second_look_outside_hides_every_one_of_them_too() {
    let court = Court::new(5);
    court.up();
    let before = visible(&court);
    let record = |id: &str, extension: &str, bytes: &[u8]| {
        let media_type = match (extension, bytes) {
            ("pdf", _) => "application/pdf",
            ("ofd", _) => "application/ofd",
            ("docx", _) => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            (_, [0xff, 0xfe, ..] | [0xfe, 0xff, ..]) => "text/plain; charset=utf-16",
            _ if std::str::from_utf8(bytes).is_ok() => "text/plain; charset=utf-8",
            _ => "text/plain; charset=gb18030",
        };
        UnscreenedRecord::new("guide", id, &[("title", "公开指南"), ("issued-on", "2026-01-05")]).with(
            &format!("{id}.{extension}"),
            media_type,
            bytes.to_vec(),
        )
    };
    let hidden = hidden();
    let mut records: Vec<UnscreenedRecord> = hidden.iter().map(|(id, e, bytes, _)| record(id, e, bytes)).collect();
    records.extend(benign().iter().map(|(id, e, bytes)| record(id, e, bytes)));
    send_unscreened(&court, records);
    court.carry("up");
    court.agent("outer", "ingest");
    let visible: BTreeSet<String> = visible(&court).difference(&before).cloned().collect();
    let leaked: Vec<&String> = hidden.iter().filter(|file| visible.contains(&file.0)).map(|file| &file.3).collect();
    assert!(leaked.is_empty(), "{} leaked: {leaked:#?}", leaked.len());
    assert_eq!(visible, names(&benign()));
}
